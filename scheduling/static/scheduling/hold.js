// How long times are still held, told in whole minutes beside the clock time; when that is over,
// the piece is asked for again. Nothing is announced: the time itself stands in the text.
(() => {
  let told, begun;
  const tell = () => {
    const place = document.querySelector("[data-left]");
    if (!place) return;
    if (place !== told) [told, begun] = [place, performance.now()];
    const left = Number(place.dataset.left) - (performance.now() - begun) / 1000;
    if (left <= 0 && !place.dataset.over) {
      place.dataset.over = "1";
      place.closest("#hold").dispatchEvent(new CustomEvent("over"));
    }
    const minutes = Math.floor(left / 60);
    place.textContent = left <= 0 ? "" : minutes ? `${minutes} min left` : "less than a minute left";
  };
  document.addEventListener("htmx:after:swap", tell);
  setInterval(tell, 5000);
  tell();
})();
