// What stands in the grid: visits with their phases, heads of columns, and what lies behind them.
window.boardCards = (root) => {
  const [SLOT, SLOT_HEIGHT, HEAD, LINE] = [15, 21, 54, 20];
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

  // `where` is the room's name in a column of a person, and the people's in one of a room.
  const card = (visit, where) => {
    const link = make("a", "ev");
    link.href = visit.url;
    link.draggable = false;
    Object.assign(link.dataset, { state: visit.state, kind: visit.kind, visit: visit.id });
    const times = `${clock(visit.start)}–${clock(visit.end)}`;
    if (visit.provisional) link.dataset.provisional = "";
    if (visit.moves) link.dataset.moves = "";
    const firm = visit.provisional ? "Provisional" : "";
    const help = visit.moves ? "press M to move" : "";
    const words = [times, visit.name, visit.label, visit.stateLabel, firm, where, help];
    link.setAttribute("aria-label", words.filter(Boolean).join(", "));
    const text = make("span", "ev-text");
    const head = make("span", "ev-name", visit.name);
    head.prepend(sign(visit.state));
    text.append(head, make("span", "ev-label", firm ? `${firm}: ${visit.label}` : visit.label));
    text.append(make("span", "ev-staff", where));
    link.append(phases(visit), text);
    return link;
  };

  const personHead = (person) => {
    const head = make("span", "col-head");
    head.append(make("span", "col-name", person.title));
    head.append(make("span", "col-role", person.away || person.role));
    const bar = make("meter", "");
    Object.assign(bar, { min: 0, max: person.capacity, value: person.peak });
    bar.setAttribute("aria-label", `Greatest load ${person.peak} of ${person.capacity}`);
    const line = make("span", person.peak >= person.capacity ? "load-bar full" : "load-bar");
    line.append(bar, make("span", "num", `${person.peak} / ${person.capacity}`));
    head.append(line);
    return head;
  };

  return { card, clock, make, personHead, SLOT, SLOT_HEIGHT };
};
