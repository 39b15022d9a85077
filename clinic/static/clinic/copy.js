// "Copy" puts the text of a token on the clipboard; without script it can be marked by hand.
(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = button.parentElement.querySelector("[data-copy-source]");
    source.addEventListener("focus", () => source.select());
    if (!navigator.clipboard) continue; // plain HTTP to another machine
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.value);
      button.querySelector("[data-copy-label]").textContent = "Copied";
      source.focus();
    });
  }
})();
