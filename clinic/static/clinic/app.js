// Small behaviours that every page shares. Nothing here is needed to get the work done.
(() => {
  const on = (event, selector, act) =>
    document.addEventListener(event, (e) => {
      const element = e.target.closest?.(selector);
      if (element) act(element, e);
    });

  on("click", "[data-dismiss]", (button) => button.closest(".notice").remove());

  // Menus close on Escape and when something else is clicked.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // "/" goes to the search, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("[data-search]");
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || typing || !search) return;
    event.preventDefault();
    search.focus();
  });

  // Arrow keys walk from the search box through what it found.
  document.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const search = document.querySelector("[data-search]");
    const links = [...document.querySelectorAll("[data-found] .row-link")];
    const at = links.indexOf(document.activeElement);
    if (!search || (at < 0 && document.activeElement !== search)) return;
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? search : links[Math.min(next, links.length - 1)])?.focus();
  });

  // A form that books something is sent once, however often it is clicked.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-once]") && !event.defaultPrevented)
      setTimeout(() => event.target.querySelectorAll("button").forEach((b) => (b.disabled = true)));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted)
      document.querySelectorAll("[data-once] button").forEach((b) => (b.disabled = false));
  });

  on("change", "[data-submit-on-change]", (field) => field.form.requestSubmit());

  // Where a part of a page cannot be fetched, its place says so and offers to try again.
  const fail = (element) => {
    const place = element?.closest?.("[data-piece]");
    if (!place) return false;
    const note = document.createElement("div");
    note.className = "card piece-failed";
    const words = document.createElement("p");
    words.textContent = `${place.dataset.piece} could not be loaded.`;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-quiet";
    again.textContent = "Try again";
    again.addEventListener("click", () => place.dispatchEvent(new CustomEvent("again")));
    note.append(words, again);
    place.replaceChildren(note);
    return true;
  };

  // A piece that cannot be fetched is said aloud, not drawn over the page.
  const toast = (text) => {
    const note = document.createElement("div");
    note.className = "notice notice-error";
    note.textContent = text;
    document.getElementById("toasts").replaceChildren(note);
    setTimeout(() => note.remove(), 8000);
  };
  document.addEventListener("htmx:before:response", (event) => {
    const { status, raw } = event.detail.ctx.response;
    if (raw.redirected && raw.url.includes("/accounts/login/")) {
      event.preventDefault(); // signed out meanwhile: the page asks for the password, not a piece
      location.reload();
      return;
    }
    if (status < 400 || [409, 422, 423].includes(status)) return;
    event.preventDefault();
    if (fail(event.target)) return;
    toast(
      status === 403 || status === 404
        ? "That is not here any more. Reload the page."
        : "The server could not answer. Nothing was changed; try again.",
    );
  });
  document.addEventListener("htmx:error", (event) => {
    if (!fail(event.target)) toast("No connection. Nothing was changed.");
  });
})();
