// The editor of a week: more lines in a day, and one day's times for others.
(() => {
  const week = document.querySelector("[data-week]");
  if (!week) return;
  const part = (day, name) => `week-${day.dataset.day}-${name}`;
  const all = (day, name) => [...day.querySelectorAll(`[name="${part(day, name)}"]`)];

  const addLine = (day) => {
    const lines = [...day.querySelectorAll("[data-line]")];
    const copy = lines.at(-1).cloneNode(true);
    for (const field of copy.querySelectorAll("input")) {
      field.type === "checkbox" ? (field.checked = false) : (field.value = "");
      field.removeAttribute("aria-invalid");
    }
    copy.querySelector("[type=checkbox]").value = lines.length;
    lines.at(-1).after(copy);
    return copy;
  };

  week.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-line]");
    if (button) addLine(button.closest("[data-day]")).querySelector("input").focus();
    if (event.target.closest("[data-copy-monday]")) copyMonday();
  });

  const copyMonday = () => {
    const [monday, ...others] = week.querySelectorAll("[data-day]");
    for (const day of others.slice(0, 4)) {
      const wanted = all(monday, "starts").length;
      while (all(day, "starts").length < wanted) addLine(day);
      for (const line of [...day.querySelectorAll("[data-line]")].slice(wanted)) line.remove();
      for (const name of ["mode", "preferred", "liked"])
        all(monday, name).forEach((field, n) => (all(day, name)[n].checked = field.checked));
      for (const name of ["starts", "ends"])
        all(monday, name).forEach((field, n) => (all(day, name)[n].value = field.value));
    }
  };
})();
