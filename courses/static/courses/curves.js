// Scores over time. Everything drawn here is also in the table below the drawing; without this
// script the tables stand alone.
(() => {
  const root = document.querySelector("[data-curves]");
  if (!root || !window.Chart) return;

  const DAY = 864e5;
  const day = (iso) => Date.parse(`${iso}T00:00Z`) / DAY;
  const words = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const said = (number) => words.format(new Date(number * DAY));
  const drawn = new Map();
  let told;

  // Colours of the theme as the page has them now.
  const probe = document.createElement("span");
  probe.hidden = true;
  root.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return (alpha = 1) => `rgb(${red} ${green} ${blue} / ${alpha})`;
  };

  const label = (content, ink, surface, position) => ({
    display: true,
    content,
    position,
    color: ink(),
    backgroundColor: surface(0.82),
    font: { size: 11, weight: "600" },
    padding: { x: 5, y: 2 },
    borderRadius: 4,
  });

  const stripes = (curve, ink, surface) =>
    curve.bands.map((band, number) => ({
      type: "box",
      drawTime: "beforeDatasetsDraw",
      yMin: band.low,
      yMax: Math.min(band.high, curve.range[1]),
      backgroundColor: colour("arrived")(0.035 + 0.05 * number),
      borderWidth: 0,
      label: {
        display: true,
        content: band.label,
        position: { x: "start", y: "center" },
        color: ink(),
        font: { size: 11, weight: "500" },
        padding: 6,
      },
    }));

  const level = (value, content, ink, surface, dash, position) => ({
    type: "line",
    yMin: value,
    yMax: value,
    borderColor: ink(0.9),
    borderWidth: 1.5,
    borderDash: dash,
    label: label(content, ink, surface, position),
  });

  const lines = (curve, surface) => [
    ...(curve.baseline
      ? [level(curve.baseline.total, `Baseline ${curve.baseline.total}`, colour("ink-soft"), surface, [2, 3], "end")]
      : []),
    ...(curve.response_at !== null
      ? [level(curve.response_at, `Response at ${curve.response_at}`, colour("good"), surface, [7, 4], "end")]
      : []),
    ...(curve.remission_max !== null
      ? [level(curve.remission_max, `Remission to ${curve.remission_max}`, colour("good"), surface, [2, 3], "center")]
      : []),
  ];

  const marks = (doses) =>
    doses.map((dose) => ({
      type: "line",
      drawTime: "beforeDatasetsDraw",
      xMin: day(dose.on),
      xMax: day(dose.on),
      borderColor: colour("progress")(0.35),
      borderWidth: 1,
      borderDash: [1, 3],
    }));

  const span = (curve) => {
    const days = [...curve.points.map((point) => day(point.on)), ...told.doses.map((dose) => day(dose.on))];
    const [first, last] = [Math.min(...days), Math.max(...days)];
    const air = Math.max(2, (last - first) * 0.04);
    return { min: Math.floor(first - air), max: Math.ceil(last + air) };
  };

  const scores = (curve) => {
    const brand = colour("brand");
    const surface = colour("surface");
    return {
      label: curve.name,
      data: curve.points.map((point) => ({ x: day(point.on), y: point.total, point })),
      borderColor: brand(),
      borderWidth: 2,
      tension: 0,
      pointRadius: 5,
      pointHoverRadius: 7,
      pointBackgroundColor: curve.points.map((point) => (point.overlaps ? surface() : brand())),
      pointBorderColor: brand(),
      pointBorderWidth: 2,
    };
  };

  const given = (curve) => ({
    label: "Doses",
    data: told.doses.map((dose) => ({ x: day(dose.on), y: curve.range[0], dose })),
    showLine: false,
    pointStyle: "triangle",
    pointRadius: 6,
    pointHoverRadius: 8,
    pointBackgroundColor: colour("progress")(),
    pointBorderWidth: 0,
    clip: false,
  });

  const tip = ({ raw }) => {
    if (raw.dose) return raw.dose.seq ? `Dose ${raw.dose.seq}` : "Dose elsewhere";
    const { total, band, overlaps, percent_change: change } = raw.point;
    const parts = [`${total}${band ? `, ${band}` : ""}`];
    if (change !== null) parts.push(`${change} % below baseline`);
    if (overlaps) parts.push("looks back over the score before");
    return parts;
  };

  const options = (curve) => {
    const [ink, surface] = [colour("ink-soft"), colour("surface")];
    const grid = { color: colour("line")(0.7), tickColor: "transparent" };
    return {
      animation: false,
      maintainAspectRatio: false,
      responsive: true,
      layout: { padding: { top: 6, right: 6 } },
      interaction: { mode: "nearest", intersect: false, axis: "xy" },
      scales: {
        x: {
          type: "linear",
          ...span(curve),
          grid: { display: false },
          border: { color: grid.color },
          ticks: { color: ink(), precision: 0, maxTicksLimit: 8, maxRotation: 0, includeBounds: false, callback: said },
        },
        y: {
          min: curve.range[0],
          max: curve.range[1],
          grid,
          border: { display: false },
          ticks: { color: ink(), precision: 0, maxTicksLimit: 7, includeBounds: false },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          callbacks: { title: ([first]) => said(first.raw.x), label: tip },
        },
        annotation: {
          annotations: [...stripes(curve, ink, surface), ...marks(told.doses), ...lines(curve, surface)],
        },
      },
    };
  };

  const draw = (place) => {
    const curve = told.curves.find((one) => one.instrument === place.dataset.curve);
    const canvas = place.querySelector("canvas");
    if (!curve || !canvas || !curve.points.length) return;
    drawn.get(canvas)?.destroy();
    const data = { datasets: [scores(curve), given(curve)] };
    drawn.set(canvas, new Chart(canvas, { type: "line", data, options: options(curve) }));
  };

  const shown = () => [...root.querySelectorAll("[data-curve]")].filter((place) => !place.hidden);
  const drawShown = () => told && shown().forEach(draw);

  // One instrument at a time, chosen as in any row of segments.
  const choose = () => {
    const wanted = root.querySelector("[name=curve]:checked")?.value;
    for (const place of root.querySelectorAll("[data-curve]"))
      place.hidden = Boolean(wanted) && place.dataset.curve !== wanted;
    drawShown();
  };
  root.addEventListener("change", (event) => event.target.name === "curve" && choose());
  choose();

  new MutationObserver(drawShown).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

  fetch(root.dataset.curves, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((body) => {
      told = body;
      drawShown();
    })
    .catch(() => root.querySelectorAll("[data-curve-failed]").forEach((note) => (note.hidden = false)));
})();
