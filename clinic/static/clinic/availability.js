// The week to be typed: Monday's times for Tuesday to Friday. The roster: arrow keys between days.
(() => {
  const inputs = (day) => [...day.querySelectorAll("input")];

  const addLine = (day) => {
    const copy = day.querySelector(".line:last-child").cloneNode(true);
    day.querySelector(".lines").append(copy);
  };

  const copyMonday = (week) => {
    const [monday, ...others] = week.querySelectorAll("[data-day]");
    const typed = inputs(monday).map((input) => input.value);
    for (const day of others.slice(0, 4)) {
      while (inputs(day).length < typed.length) addLine(day);
      inputs(day).forEach((input, at) => (input.value = typed[at] ?? ""));
    }
  };

  for (const week of document.querySelectorAll("[data-week-hours]"))
    week.querySelector("[data-copy-monday]").addEventListener("click", () => copyMonday(week));

  const MOVES = {
    ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
    Home: [0, -99], End: [0, 99],
  };
  const between = (least, value, most) => Math.min(Math.max(value, least), most);

  for (const grid of document.querySelectorAll("[data-grid]")) {
    const rows = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("td > a")]);
    if (!rows[0]?.length) continue;
    // One stop for the Tab key; arrows go on from there.
    rows.flat().forEach((link, at) => (link.tabIndex = at ? -1 : 0));
    grid.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      const row = rows.findIndex((links) => links.includes(event.target));
      if (!move || row < 0) return;
      event.preventDefault();
      const next = rows[between(0, row + move[0], rows.length - 1)];
      const link = next[between(0, rows[row].indexOf(event.target) + move[1], next.length - 1)];
      rows.flat().forEach((other) => (other.tabIndex = -1));
      link.tabIndex = 0;
      link.focus();
    });
  }
})();
