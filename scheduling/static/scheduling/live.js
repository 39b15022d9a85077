// Asks whether what is shown has changed: often while somebody can see it, seldom in a hidden tab.
// The answer is empty until it has. Whatever sets `data-live-paused` on the page is left in peace.
(() => {
  const [SEEN, HIDDEN, UNREACHABLE] = [1500, 30_000, 10_000];
  let timer;
  let wait = SEEN;

  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, document.hidden ? HIDDEN : wait);
  };
  const ask = () => {
    wait = SEEN;
    const part = document.querySelector("[data-live]");
    if (!document.documentElement.hasAttribute("data-live-paused"))
      part?.dispatchEvent(new CustomEvent("ask"));
    plan();
  };

  document.addEventListener("htmx:error", (event) => {
    if (event.target.closest?.("[data-live]")) wait = UNREACHABLE;
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? plan() : ask()));
  document.addEventListener("board:ask", ask);
  plan();
})();
