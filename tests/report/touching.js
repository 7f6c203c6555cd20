// Which words of the charts in this page touch a line, a mark, other words, or lie outside.
const found = [];

function strokesOf(svg, scale) {
  const strokes = [];
  for (const line of svg.querySelectorAll("g.mark-rule.role-mark line")) {
    const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => +line.getAttribute(name) || 0);
    const at = line.getScreenCTM();
    const width = parseFloat(getComputedStyle(line).strokeWidth) * scale;
    strokes.push({ x1: at.a * x1 + at.e, y1: at.d * y1 + at.f, x2: at.a * x2 + at.e, y2: at.d * y2 + at.f, width });
  }
  for (const path of svg.querySelectorAll("g.mark-line path")) {
    const at = path.getScreenCTM();
    const length = path.getTotalLength();
    const points = [...Array(201).keys()].map((n) => path.getPointAtLength((length * n) / 200));
    points.slice(1).forEach((end, n) => {
      const start = points[n];
      strokes.push({ x1: at.a * start.x + at.e, y1: at.d * start.y + at.f, x2: at.a * end.x + at.e, y2: at.d * end.y + at.f, width: 2.5 * scale });
    });
  }
  return strokes;
}

function runsThrough(stroke, box) {
  const edge = stroke.width / 2;
  let [first, last] = [0, 1];
  const [across, down] = [stroke.x2 - stroke.x1, stroke.y2 - stroke.y1];
  for (const [step, room] of [
    [-across, stroke.x1 - box.left + edge],
    [across, box.right + edge - stroke.x1],
    [-down, stroke.y1 - box.top + edge],
    [down, box.bottom + edge - stroke.y1],
  ]) {
    if (step === 0) {
      if (room < 0) return false;
    } else if (step < 0) first = Math.max(first, room / step);
    else last = Math.min(last, room / step);
  }
  return first <= last;
}

function meet(one, other) {
  return one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
}

function inkOf(text, scale) { // a text's box is as high as its line; its letters are not
  const { left, right } = text.getBoundingClientRect();
  const base = text.getScreenCTM().f;
  const size = parseFloat(getComputedStyle(text).fontSize) * scale;
  return { words: text.textContent, left, right, top: base - 0.74 * size, bottom: base + 0.22 * size };
}

function boxesOf(svg, selector, isShown) {
  return [...svg.querySelectorAll(selector)].filter(isShown).map((mark) => mark.getBoundingClientRect());
}

for (const svg of document.querySelectorAll("svg")) {
  if (!svg.getClientRects().length || !svg.viewBox.baseVal) continue;
  const frame = svg.getBoundingClientRect();
  const scale = frame.width / svg.viewBox.baseVal.width;
  const opacity = (mark) => +(mark.getAttribute("opacity") ?? 1);
  const strokes = strokesOf(svg, scale);
  const marks = boxesOf(svg, "g.mark-symbol.role-mark path", (mark) => opacity(mark) > 0)
    .concat(boxesOf(svg, "g.mark-rect.role-mark path", (mark) => opacity(mark) > 0.5))
    .concat(boxesOf(svg, ".role-axis-label text, .role-axis-title text", () => true));
  const labels = [...svg.querySelectorAll("g.mark-text.role-mark text")].map((text) => inkOf(text, scale));
  labels.forEach((label, place) => {
    const outside = label.left < frame.left || label.right > frame.right || label.top < frame.top || label.bottom > frame.bottom;
    if (outside || strokes.some((stroke) => runsThrough(stroke, label)) || marks.some((mark) => meet(label, mark))) found.push(label.words);
    labels.slice(place + 1).forEach((other) => {
      if (meet(label, other)) found.push(`${label.words} / ${other.words}`);
    });
  });
  window.labelsLookedAt = (window.labelsLookedAt || 0) + labels.length;
}
return found;
