// Counts down, and then tries again.
"use strict";

const again = document.getElementById("again");
let left = Number(again.dataset.seconds);

function tick() {
  if (left <= 0) return document.querySelector("form").submit();
  again.textContent = `Trying again by itself in ${left} s.`;
  left -= 1;
  setTimeout(tick, 1000);
}

tick();
