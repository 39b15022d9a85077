// Moving a planned visit by mouse or by keys. Where it is dropped is asked, never done: the server
// says what would follow, and only an accepted answer changes the book. Until then the visit stays.
(() => {
  const board = window.board;
  const dialog = document.querySelector("[data-change-dialog]");
  if (!board || !dialog) return;

  const who = dialog.querySelector("[data-change-who]");
  const asked = dialog.querySelector("[data-change-place]");
  const live = document.querySelector("[data-said]");
  const page = document.documentElement;
  const GHOST = "ghost";
  let moving = null; // what keys move: { visit, minutes, column }
  let opener = null; // the visit that the dialog is about

  const say = (words) => {
    live.textContent = "";
    requestAnimationFrame(() => (live.textContent = words));
  };
  const two = (number) => String(number).padStart(2, "0");
  const minutesOf = (local) => Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16));
  const localOf = (minutes) => `${board.data().day}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00`;
  const wall = (date) => `${board.data().day}T${two(date.getHours())}:${two(date.getMinutes())}:00`;
  const urlOf = (id) => board.data().visits.find((one) => one.id === id)?.url;
  const titleOf = (id) => board.columns().find((one) => one.id === id)?.title ?? "";

  // Another time goes through everything that follows for the course; another room alone does not.
  const ask = (visit, start, room) => {
    const query = new URLSearchParams();
    const elsewhere = board.isByRoom() && room !== visit.room;
    if (start === visit.start && !elsewhere) return say("Nothing changes: it is there already.");
    if (start !== visit.start) query.set("to", `${start.slice(0, 16)}${board.data().zone}`);
    else query.set("room", room);
    const act = start === visit.start ? "room" : "change";
    opener = visit.id;
    who.textContent = visit.name;
    asked.innerHTML = '<p class="change-wait" role="status">Looking at what follows…</p>';
    if (!dialog.open) dialog.showModal();
    htmx.ajax("GET", `${visit.url}${act}/?${query}`, { target: asked, swap: "innerHTML" });
  };

  const dropped = (info) => {
    const visit = info.event.extendedProps.visit;
    const room = info.newResource?.id ?? (board.isByRoom() ? visit.room : "");
    const start = wall(info.event.start);
    info.revert();
    if (!board.isByRoom() && info.newResource && start === visit.start)
      return say("Who serves is chosen with the time; it stays as it is.");
    ask(visit, start, room);
  };

  // The click that ends a drag opens no visit.
  let pressed = null;
  board.place.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]), true);
  board.place.addEventListener(
    "click",
    (event) => {
      const far = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 5;
      if (far && event.target.closest(".ev")) event.preventDefault();
    },
    true,
  );

  const ghost = () => {
    const { visit, minutes, column } = moving;
    const length = minutesOf(visit.end) - minutesOf(visit.start);
    const stretch = { start: localOf(minutes), end: localOf(minutes + length) };
    const id = board.columns()[column].id;
    board.calendar.removeEventById(GHOST);
    board.calendar.addEvent({ ...board.behind(stretch, [id], "ghost", stretch.start.slice(11, 16)), id: GHOST });
    requestAnimationFrame(keepFocus);
  };
  // The calendar draws its cards anew with each change: the keys stay with the one that is moved.
  const cardOf = (visit) => board.place.querySelector(`[data-visit="${visit.id}"]`);
  const keepFocus = () => {
    if (!moving) return;
    const card = cardOf(moving.visit);
    card?.classList.add("is-moving");
    card?.focus({ preventScroll: true });
    inView(card);
  };
  const inView = (card) => {
    const ghostBox = board.place.querySelector(".ghost");
    (ghostBox ?? card)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const leave = () => {
    if (!moving) return;
    const { visit } = moving;
    moving = null;
    page.removeAttribute("data-live-paused");
    board.calendar.removeEventById(GHOST);
    requestAnimationFrame(() => {
      const card = cardOf(visit);
      card?.classList.remove("is-moving");
      if (!dialog.open && document.activeElement === document.body) card?.focus({ preventScroll: true });
    });
  };
  const begin = (link) => {
    const visit = board.data().visits.find((one) => one.id === link.dataset.visit);
    if (!visit?.moves) return say("Only a planned visit can be moved.");
    const home = board.isByRoom() ? visit.room : visit.people[0];
    const column = Math.max(0, board.columns().findIndex((one) => one.id === home));
    moving = { visit, column, minutes: minutesOf(visit.start) };
    page.toggleAttribute("data-live-paused", true);
    ghost();
    say(
      `Moving ${visit.name}. Up and down change the time${board.isByRoom() ? ", left and right the room" : ""}. ` +
        "Enter asks what follows, Escape leaves it as it is.",
    );
  };
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const step = ([down, right]) => {
    const data = board.data();
    const length = minutesOf(moving.visit.end) - minutesOf(moving.visit.start);
    const [first, last] = [Number(data.from.slice(0, 2)) * 60, Number(data.until.slice(0, 2)) * 60];
    const minutes = moving.minutes + down * data.grid;
    if (minutes >= first && minutes + length <= last) moving.minutes = minutes;
    if (board.isByRoom())
      moving.column = Math.min(Math.max(moving.column + right, 0), board.columns().length - 1);
    ghost();
    const room = board.isByRoom() ? `, ${titleOf(board.columns()[moving.column].id)}` : "";
    say(`${localOf(moving.minutes).slice(11, 16)}${room}`);
  };

  board.place.addEventListener("keydown", (event) => {
    const link = event.target.closest?.(".ev");
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!moving) {
      if (event.key.toLowerCase() !== "m") return;
      event.preventDefault();
      return begin(link);
    }
    if (event.key in STEPS) step(STEPS[event.key]);
    else if (event.key === "Enter") {
      const { visit, minutes, column } = moving;
      leave();
      ask(visit, localOf(minutes), board.columns()[column].id);
    } else if (event.key === "Escape") {
      leave();
      say("Left as it is.");
    } else return;
    event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    if (moving && event.target !== cardOf(moving.visit)) leave();
  });

  // An accepted change leads elsewhere on a page of its own; here one stays on the board.
  const close = (words) => {
    dialog.close();
    say(words);
    document.dispatchEvent(new CustomEvent("board:ask"));
  };
  document.addEventListener("htmx:before:response", (event) => {
    if (!dialog.open || !dialog.contains(event.target)) return;
    const answer = event.detail.ctx.response;
    if (answer.headers.get("HX-Redirect")) {
      event.preventDefault();
      close("Accepted. The book shows it now.");
    } else if (answer.status >= 400 && ![409, 422].includes(answer.status)) {
      dialog.close();
    }
  }, true);
  document.addEventListener("htmx:error", (event) => {
    if (dialog.contains(event.target)) dialog.close();
  });
  dialog.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const keeps = link && !link.hash && link.pathname === urlOf(opener);
    if (event.target !== dialog && !keeps) return;
    event.preventDefault();
    dialog.close();
    say("Left as it is.");
  });
  dialog.addEventListener("close", () => {
    asked.replaceChildren();
    board.place.querySelector(`[data-visit="${opener}"]`)?.focus({ preventScroll: true });
  });

  window.boardMoves = { dropped };
})();
