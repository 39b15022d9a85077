// "A" takes on the alert in whose row one is, or else the first that awaits an answer.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  const combined = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
  if (event.key.toLowerCase() !== "a" || typing || combined) return;
  if (document.documentElement.classList.contains("is-locked")) return;
  const here = document.activeElement?.closest("li")?.querySelector("[data-take-on]");
  const button = here ?? document.querySelector("[data-take-on]");
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});
