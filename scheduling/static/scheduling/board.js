// The day's visits by room. The server gives the site's wall clock as plain local times, so the
// browser's own zone plays no part. Everything here is also in the list beside it.
(() => {
  const root = document.querySelector("[data-board]");
  const place = root?.querySelector("[data-grid]");
  if (!root || !window.EventCalendar) return;

  const [SLOT, SLOT_HEIGHT, HEAD, LINE] = [15, 21, 54, 20];
  const read = () => JSON.parse(document.getElementById("board-data").textContent);
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const sign = (state) => {
    const svg = root.querySelector(`.day-legend [data-state="${state}"] svg`);
    return svg ? svg.cloneNode(true) : make("span", "");
  };
  const clock = (local) => local.slice(11, 16);

  const phases = (visit) => {
    const rail = make("span", "ev-rail");
    rail.setAttribute("aria-hidden", "true");
    let from = 0;
    for (const phase of visit.phases) {
      const part = make("span", phase.main ? "ev-phase main" : "ev-phase");
      part.style.flexGrow = phase.minutes;
      part.title = `${phase.at} ${phase.label}`;
      // A name needs a line of its own, below the three lines that say who it is.
      const height = (phase.minutes / SLOT) * SLOT_HEIGHT;
      part.classList.toggle("under", from < HEAD);
      if (from >= HEAD && height >= LINE) part.textContent = `${phase.at} ${phase.label}`;
      from += height;
      rail.append(part);
    }
    return rail;
  };

  const card = (visit) => {
    const link = make("a", "ev");
    link.href = visit.url;
    link.dataset.state = visit.state;
    link.dataset.kind = visit.kind;
    const times = `${clock(visit.start)}–${clock(visit.end)}`;
    if (visit.provisional) link.dataset.provisional = "";
    const firm = visit.provisional ? "Provisional" : "";
    const words = [times, visit.name, visit.label, visit.stateLabel, firm, ...visit.staff];
    link.setAttribute("aria-label", words.filter(Boolean).join(", "));
    const text = make("span", "ev-text");
    const head = make("span", "ev-name", visit.name);
    head.prepend(sign(visit.state));
    const label = firm ? `${firm}: ${visit.label}` : visit.label;
    text.append(head, make("span", "ev-label", label));
    text.append(make("span", "ev-staff", visit.staff.join(", ")));
    link.append(phases(visit), text);
    return link;
  };

  const asEvent = (visit) => ({
    id: visit.id,
    resourceIds: [visit.room],
    start: visit.start,
    end: visit.end,
    extendedProps: { visit },
  });
  const backgrounds = (data) => {
    const rooms = data.rooms.map((room) => room.id);
    const shut = [];
    const add = (from, until, className) =>
      shut.push({
        start: `${data.day}T${from}:00`,
        end: `${data.day}T${until}:00`,
        display: "background",
        resourceIds: rooms,
        classNames: [className],
      });
    if (data.opens && data.opens > data.from) add(data.from, data.opens, "shut");
    if (data.closes && data.closes < data.until) add(data.closes, data.until, "shut");
    if (!data.opens) add(data.from, data.until.replace("24:00", "23:59"), "shut");
    if (data.now) add(clock(data.now), clock(data.now), "now");
    return shut;
  };
  const events = (data) => [...backgrounds(data), ...data.visits.map(asEvent)];

  const data = read();
  const calendar = EventCalendar.create(place, {
    view: "resourceTimeGridDay",
    date: data.day,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    slotMinTime: data.from,
    slotMaxTime: data.until,
    slotDuration: { minutes: SLOT },
    slotLabelInterval: "01:00",
    slotHeight: SLOT_HEIGHT,
    slotEventOverlap: false,
    nowIndicator: false,
    eventStartEditable: false,
    eventDurationEditable: false,
    dayHeaderFormat: () => "",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    resources: data.rooms,
    events: events(data),
    eventContent: ({ event }) =>
      event.display === "background" ? "" : { domNodes: [card(event.extendedProps.visit)] },
  });

  // The library calls its boxes a table, which they are not: links in named rooms remain.
  const plain = () => {
    for (const box of place.querySelectorAll("[role], article")) {
      box.setAttribute("role", "presentation");
      box.removeAttribute("aria-colindex");
    }
  };
  plain();

  let mark = data.mark;
  document.addEventListener("htmx:after:swap", () => {
    const fresh = document.getElementById("board-data") && read();
    if (!fresh || fresh.mark === mark) return;
    mark = fresh.mark;
    calendar.setOption("resources", fresh.rooms);
    calendar.setOption("events", events(fresh));
    requestAnimationFrame(plain);
  });

  // Rooms side by side, or a list: as this browser had it last.
  const switches = root.parentElement.querySelectorAll('.view-switch input[name="view"]');
  const show = (view) => {
    root.dataset.view = view;
    for (const input of switches) input.checked = input.value === view;
  };
  try {
    show(localStorage.getItem("day-view") === "list" ? "list" : "grid");
  } catch {
    show("grid");
  }
  for (const input of switches)
    input.addEventListener("change", () => {
      show(input.value);
      try {
        localStorage.setItem("day-view", input.value);
      } catch {
        // not kept: the next page starts with the grid
      }
    });
})();
