// The digit keys answer the question that has the focus, and go on to the next.
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
    const question = event.target.closest?.("[data-digits] .question");
    const radio = question?.querySelector(`input[type="radio"][value="${event.key}"]`);
    if (!radio) return;
    event.preventDefault();
    if (!radio.checked) radio.click();
    const all = [...document.querySelectorAll("[data-digits] .question")];
    const next = all[all.indexOf(question) + 1];
    (next?.querySelector("input:checked") ?? next?.querySelector("input") ?? radio).focus();
    next?.scrollIntoView({ block: "center" });
  });
})();
