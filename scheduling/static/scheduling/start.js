// The first dose is due two weeks after the earliest date until somebody says otherwise; another
// site has other therapists.
(() => {
  const earliest = document.querySelector("#id_earliest_on");
  const latest = document.querySelector("#id_latest_first_on");
  const DAY = 24 * 3600 * 1000;
  const utc = (field) => Date.parse(`${field.value}T00:00:00Z`);
  if (!earliest || !latest) return;
  const span = utc(latest) - utc(earliest);
  let untouched = span === 14 * DAY;
  latest.addEventListener("input", () => (untouched = false));
  earliest.addEventListener("input", () => {
    if (untouched && earliest.value)
      latest.value = new Date(utc(earliest) + 14 * DAY).toISOString().slice(0, 10);
  });
})();
