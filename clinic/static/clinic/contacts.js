// "Another person" adds an empty line, numbered as the server expects.
(() => {
  const section = document.querySelector("[data-contacts]");
  section?.addEventListener("click", (event) => {
    if (!event.target.closest("[data-add-contact]")) return;
    const total = section.querySelector('[name$="-TOTAL_FORMS"]');
    const template = section.querySelector("template");
    const line = template.content.cloneNode(true);
    for (const element of line.querySelectorAll("[name], [id], [for]"))
      for (const name of ["name", "id", "for"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace("__prefix__", total.value));
      }
    total.value = Number(total.value) + 1;
    template.before(line);
    template.previousElementSibling.querySelector("select").focus();
  });
})();
