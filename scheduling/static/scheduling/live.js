// Asks whether what is shown has changed: often while somebody can see it, seldom in a hidden tab.
// That question costs the server one query and carries no cookies; only when something has changed
// the page asks for it, and now and then in any case, for what it may show can change too.
// Whatever sets `data-live-paused` on the page is left in peace.
(() => {
  const [SEEN, HIDDEN, UNREACHABLE, ANYWAY] = [1500, 30_000, 10_000, 60_000];
  let timer;
  let asked = performance.now();

  const plan = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(look, document.hidden ? HIDDEN : wait);
  };
  const ask = (part) => {
    asked = performance.now();
    part.dispatchEvent(new CustomEvent("ask"));
  };
  const look = async () => {
    const part = document.querySelector("[data-live]");
    if (!part || document.documentElement.hasAttribute("data-live-paused")) return plan(SEEN);
    try {
      const answer = await fetch(part.dataset.live, { credentials: "omit", cache: "no-store" });
      if (answer.status === 200 || performance.now() - asked > ANYWAY) ask(part);
      plan(answer.ok ? SEEN : UNREACHABLE);
    } catch {
      plan(UNREACHABLE);
    }
  };

  document.addEventListener("visibilitychange", () => plan(document.hidden ? HIDDEN : 0));
  document.addEventListener("board:ask", () => plan(0));
  plan(SEEN);
})();
