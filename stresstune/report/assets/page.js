// Says what a mark shows: to whoever points at it, and to whoever steps through with the keys.
// Without this script every mark still has its title, and every picture its table.
"use strict";

const tip = document.getElementById("tip");
const REACH = 60;

function marksOf(plot) {
  const shown = [...plot.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
  return shown ? [...shown.querySelectorAll("[data-says]")] : [];
}

function middle(mark) {
  const box = mark.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, top: box.top };
}

function distance(mark, x, y) {
  const box = mark.getBoundingClientRect();
  const across = Math.max(box.left - x, 0, x - box.right);
  const up = Math.max(box.top - y, 0, y - box.bottom);
  return Math.hypot(across, up);
}

function show(plot, mark) {
  hide();
  const at = middle(mark);
  mark.classList.add("active");
  tip.textContent = mark.dataset.says;
  tip.hidden = false;
  const width = tip.offsetWidth;
  const left = Math.min(Math.max(at.x - width / 2, 8), document.documentElement.clientWidth - width - 8);
  const above = at.top - tip.offsetHeight - 10;
  tip.style.left = `${left + window.scrollX}px`;
  tip.style.top = `${(above > 4 ? above : at.y + 18) + window.scrollY}px`;
  plot.dataset.at = marksOf(plot).indexOf(mark);
}

function hide() {
  tip.hidden = true;
  document.querySelectorAll(".active").forEach((mark) => mark.classList.remove("active"));
}

function step(plot, by) {
  const marks = marksOf(plot);
  const ordered = marks.map((mark) => [middle(mark).x, mark]).sort((a, b) => a[0] - b[0]);
  if (!ordered.length) return;
  const now = ordered.findIndex(([, mark]) => mark.classList.contains("active"));
  const next = by === "first" ? 0 : by === "last" ? ordered.length - 1 : now + by;
  show(plot, ordered[Math.min(Math.max(next, 0), ordered.length - 1)][1]);
}

const KEYS = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" };

document.querySelectorAll(".plot").forEach((plot) => {
  plot.querySelectorAll("title").forEach((title) => title.remove()); // one hint is enough
  const point = (event) => {
    const near = marksOf(plot)
      .map((mark) => [distance(mark, event.clientX, event.clientY), mark])
      .reverse() // of two at one place, the one on top
      .sort((a, b) => a[0] - b[0])[0];
    if (near && near[0] < REACH) show(plot, near[1]);
    else hide();
  };
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    step(plot, KEYS[event.key]);
  });
});
