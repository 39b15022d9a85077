// Drawings of a site's capacity, made from the tables below them; without this script the tables
// stand alone.
(() => {
  if (!window.Chart) return;

  const words = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const said = (iso) => words.format(new Date(`${iso}T00:00Z`));
  const number = (text) => (text === "" ? null : Number(text));
  const drawn = new Map();

  // Colours of the theme as the page has them now.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name, alpha = 1) => {
    probe.style.color = `var(--${name})`;
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgb(${red} ${green} ${blue} / ${alpha})`;
  };

  const hatched = (ink) => {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };

  const rowsOf = (place) => [...place.parentElement.querySelectorAll(`.${place.dataset.drawing}-table tr[data-week]`)];

  const options = (unit, most) => {
    const [ink, line] = [colour("ink-soft"), colour("line", 0.7)];
    return {
      animation: false,
      maintainAspectRatio: false,
      responsive: true,
      layout: { padding: { right: 16 } },
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { grid: { display: false }, border: { color: line }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 12 } },
        y: {
          beginAtZero: true,
          suggestedMax: most,
          grid: { color: line, tickColor: "transparent" },
          border: { display: false },
          ticks: { color: ink, precision: 0, maxTicksLimit: 6, callback: (value) => `${value}${unit}` },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: ([first]) => `Week from ${first.label}`,
            label: ({ dataset, parsed }) => `${dataset.label}: ${parsed.y}${unit}`,
          },
        },
      },
    };
  };

  const starts = (rows) => {
    const bar = (label, name, ink, fill) => ({
      label,
      data: rows.map((row) => number(row.dataset[name])),
      borderColor: ink,
      borderWidth: 1.5,
      borderRadius: 3,
      backgroundColor: fill,
      maxBarThickness: 26,
    });
    const [now, nurse, chair] = ["brand", "observing", "accent"].map((name) => colour(name));
    const datasets = [
      bar("As things stand", "now", now, now),
      bar("One nurse more", "nurse", nurse, hatched(nurse)),
      bar("One chair more", "chair", chair, colour("accent-soft")),
    ];
    return { type: "bar", options: options("", 4), data: { labels: rows.map((row) => said(row.dataset.week)), datasets } };
  };

  const filled = (rows) => {
    const past = rows.filter((row) => "past" in row.dataset).length;
    const line = (label, name, ink, pointStyle) => ({
      label,
      data: rows.map((row) => number(row.dataset[name])),
      borderColor: ink,
      backgroundColor: ink,
      borderWidth: 2,
      pointStyle,
      pointRadius: 4,
      pointHoverRadius: 6,
      segment: { borderDash: ({ p1DataIndex }) => (p1DataIndex >= past ? [6, 4] : undefined) },
    });
    const settings = options(" %", 100);
    settings.plugins.annotation = {
      annotations: {
        now: {
          type: "line",
          drawTime: "beforeDatasetsDraw",
          xMin: past,
          xMax: past,
          borderColor: colour("line-strong"),
          borderWidth: 1,
          borderDash: [2, 3],
          label: {
            display: true,
            content: "This week",
            position: "end",
            color: colour("ink-soft"),
            backgroundColor: colour("surface", 0.82),
            font: { size: 11, weight: "600" },
            padding: { x: 5, y: 2 },
          },
        },
      },
    };
    const datasets = [
      line("Chairs", "chairs", colour("brand"), "circle"),
      line("Nurses", "nurses", colour("observing"), "rectRot"),
    ];
    return { type: "line", options: settings, data: { labels: rows.map((row) => said(row.dataset.week)), datasets } };
  };

  const kinds = { starts, filled };
  const draw = () => {
    for (const [canvas, chart] of drawn)
      if (!canvas.isConnected) {
        chart.destroy();
        drawn.delete(canvas);
      }
    for (const place of document.querySelectorAll("[data-drawing]")) {
      const canvas = place.querySelector("canvas");
      drawn.get(canvas)?.destroy();
      drawn.set(canvas, new Chart(canvas, kinds[place.dataset.drawing](rowsOf(place))));
    }
  };

  draw();
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  document.addEventListener("htmx:after:swap", () => {
    // What is drawn already stays while the counting goes on.
    if ([...document.querySelectorAll("[data-drawing] canvas")].some((canvas) => !drawn.has(canvas))) draw();
  });
})();
