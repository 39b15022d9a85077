// The checklist in one pass with the keyboard, and nothing typed is lost by leaving the page.
(() => {
  const ANSWERS = { y: "YES", n: "NO", u: "UNKNOWN" };
  const lines = () => [...document.querySelectorAll("[data-line]")];
  const dirty = new Set();

  const focusLine = (line) => {
    const radios = [...line.querySelectorAll('input[type="radio"]')];
    (radios.find((radio) => radio.checked) ?? radios[0])?.focus();
    line.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    const radio = event.target.closest?.('[data-line] input[type="radio"]');
    if (!radio || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = radio.closest("[data-line]");
    const all = lines();
    const at = all.indexOf(line);
    const answer = ANSWERS[event.key.toLowerCase()];
    if (answer) {
      const chosen = line.querySelector(`input[value="${answer}"]`);
      chosen.checked = true;
      chosen.dispatchEvent(new Event("change", { bubbles: true }));
      // After a yes there is more to say about it; the next line is one key away.
      const next = answer === "NO" ? all[at + 1] : undefined;
      if (next) focusLine(next);
      else chosen.focus();
    } else if (event.key === "ArrowDown" && all[at + 1]) focusLine(all[at + 1]);
    else if (event.key === "ArrowUp" && all[at - 1]) focusLine(all[at - 1]);
    else return;
    event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    const section = event.target.closest?.("form[data-section]");
    if (section) dirty.add(section.dataset.section);
  });
  document.addEventListener("change", (event) => {
    const section = event.target.closest?.("form[data-section]");
    if (section) dirty.add(section.dataset.section);
  });
  document.addEventListener("submit", (event) => {
    const section = event.target.closest?.("form[data-section]");
    if (section) dirty.delete(section.dataset.section);
  });
  addEventListener("beforeunload", (event) => {
    if (dirty.size) event.preventDefault();
  });
})();
