// The day's visits by room or by person. The server gives the site's wall clock as plain local
// times, so the browser's own zone plays no part. Everything here is also in the lists beside it.
(() => {
  const root = document.querySelector("[data-board]");
  const place = root?.querySelector("[data-grid]");
  if (!root || !window.EventCalendar) return;

  const cards = window.boardCards(root);
  const read = () => JSON.parse(document.getElementById("board-data").textContent);
  let data = read();
  let columns = "rooms";
  const opened = performance.now();

  const titles = () => new Map(data.rooms.map((room) => [room.id, room.title]));
  const where = (visit) =>
    columns === "people" ? (titles().get(visit.room) ?? "") : visit.staff.join(", ");
  const asEvent = (visit) => ({
    id: visit.id,
    resourceIds: columns === "people" ? visit.people : [visit.room],
    start: visit.start,
    end: visit.end,
    startEditable: visit.moves,
    extendedProps: { visit },
  });
  const behind = (stretch, resourceIds, className, note = "") => ({
    start: stretch.start,
    end: stretch.end,
    display: "background",
    resourceIds,
    classNames: className.split(" "),
    extendedProps: { note },
  });

  // The clock of the site goes on while the page is open.
  const now = () => {
    const wall = new Date(`${data.now}Z`);
    wall.setTime(wall.getTime() + performance.now() - opened);
    return wall.toISOString().slice(0, 19);
  };
  const nowLine = () => {
    const at = now();
    const columnIds = (columns === "people" ? data.people : data.rooms).map((one) => one.id);
    return { ...behind({ start: at, end: at }, columnIds, "now"), id: "now" };
  };

  const behindRooms = () => [
    ...data.shut.map((stretch) => behind(stretch, data.rooms.map((room) => room.id), "shut")),
    ...data.blocks.map((block) => behind(block, [block.room], "shut blocked", block.reason || "Out of use")),
    ...data.holds.map((hold) => behind(hold, [hold.room], "held", hold.note)),
  ];
  const behindPeople = () =>
    data.people.flatMap((person) => [
      ...person.absent.map((stretch) => behind(stretch, [person.id], "shut")),
      ...person.leaves.map((leave) => behind(leave, [person.id], "shut leave", person.away)),
      ...person.steps.map((step) =>
        behind(step, [person.id], `load ${step.share >= 100 ? "full" : step.share > 50 ? "high" : "low"}`),
      ),
    ]);
  const heldPeople = () => data.holds.map((hold) => behind(hold, hold.people, "held", hold.note));
  const events = () => [
    ...(columns === "people" ? [...behindPeople(), ...heldPeople()] : behindRooms()),
    ...(data.now ? [nowLine()] : []),
    ...data.visits.map(asEvent),
  ];
  const resources = () =>
    (columns === "people" ? data.people : data.rooms).map((one) => ({ id: one.id, title: one.title, extendedProps: { one } }));

  const content = ({ event }) => {
    if (event.display !== "background") {
      const visit = event.extendedProps.visit;
      return { domNodes: [cards.card(visit, where(visit))] };
    }
    const note = event.extendedProps.note;
    return note ? { domNodes: [cards.make("span", "behind-note", note)] } : "";
  };
  const head = ({ resource }) =>
    columns === "people" && resource.extendedProps.one.role !== undefined
      ? { domNodes: [cards.personHead(resource.extendedProps.one)] }
      : { domNodes: [cards.make("span", "col-name", resource.title)] };

  const calendar = EventCalendar.create(place, {
    view: "resourceTimeGridDay",
    date: data.day,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    slotMinTime: data.from,
    slotMaxTime: data.until,
    slotDuration: { minutes: cards.SLOT },
    snapDuration: { minutes: data.grid },
    slotLabelInterval: "01:00",
    slotHeight: cards.SLOT_HEIGHT,
    slotEventOverlap: false,
    nowIndicator: false,
    eventStartEditable: false,
    eventDurationEditable: false,
    dayHeaderFormat: () => "",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    resources: resources(),
    resourceLabelContent: head,
    events: events(),
    eventContent: content,
    eventDragStart: () => document.documentElement.toggleAttribute("data-live-paused", true),
    eventDragStop: () => document.documentElement.removeAttribute("data-live-paused"),
    eventDrop: (info) => window.boardMoves?.dropped(info),
  });

  // The library calls its boxes a table, which they are not: links in named columns remain.
  const plain = () => {
    for (const box of place.querySelectorAll("[role], article")) {
      if (box.closest("meter")) continue;
      box.setAttribute("role", "presentation");
      box.removeAttribute("aria-colindex");
    }
  };
  const draw = () => {
    const focused = document.activeElement?.dataset?.visit;
    calendar.setOption("slotMinTime", data.from);
    calendar.setOption("slotMaxTime", data.until);
    calendar.setOption("resources", resources());
    calendar.setOption("events", events());
    requestAnimationFrame(() => {
      plain();
      if (focused) place.querySelector(`[data-visit="${focused}"]`)?.focus({ preventScroll: true });
    });
  };
  plain();

  document.addEventListener("htmx:after:swap", () => {
    const fresh = document.getElementById("board-data") && read();
    if (!fresh || fresh.mark === data.mark) return;
    data = { ...fresh, now: data.now && fresh.now ? data.now : fresh.now };
    draw();
  });
  setInterval(() => {
    if (!data.now || document.hidden || document.documentElement.hasAttribute("data-live-paused")) return;
    calendar.updateEvent(nowLine());
    const shown = document.querySelector("[data-now]");
    if (shown) shown.textContent = cards.clock(now());
  }, 20_000);

  // Rooms or people side by side, or a list: as this browser had it last.
  const switches = root.querySelectorAll('.view-switch input[name="view"]');
  const show = (view) => {
    root.dataset.view = view;
    for (const input of switches) input.checked = input.value === view;
    if (view === "list" || view === columns) return;
    columns = view;
    draw();
  };
  const kept = () => {
    try {
      return localStorage.getItem("day-view");
    } catch {
      return null;
    }
  };
  show(["people", "list"].includes(kept()) ? kept() : "rooms");
  for (const input of switches)
    input.addEventListener("change", () => {
      show(input.value);
      try {
        localStorage.setItem("day-view", input.value);
      } catch {
        // not kept: the next page starts with the rooms
      }
    });

  window.board = {
    calendar,
    place,
    root,
    behind,
    columns: () => (columns === "people" ? data.people : data.rooms),
    isByRoom: () => columns === "rooms",
    data: () => data,
    draw,
  };
})();
