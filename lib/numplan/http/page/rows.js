// -- Rows --

const MAX_TEXT = 200;

// Long texts are cut where they are shown, and say how long they are.
function shown(value) {
  if (value === undefined || value === null) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT).toWellFormed() + "… (" + count(text.length) + " characters)" : text;
}

function count(n) { return n.toLocaleString("en"); }

function cell(tr, label) {
  const td = tr.insertCell();
  td.setAttribute("role", "cell");
  if (label) td.dataset.label = label;
  return td;
}

function row(className) {
  const tr = document.createElement("tr");
  tr.setAttribute("role", "row");
  if (className) tr.className = className;
  return tr;
}

// A row of texts; those of the columns in `mono` are numbers, names and regexes. Regexes are shown whole.
function textRow(texts, labels, mono) {
  const tr = row();
  texts.forEach((text, n) => {
    const td = cell(tr, labels[n]);
    td.textContent = typeof text === "string" ? text : shown(text);
    if (mono.includes(n)) td.className = "mono";
  });
  return tr;
}

// Puts rows into a table a part at a time: a configuration may have 100,000. The newest list ends the one before.
function fillInParts(body, items, make) {
  const PART = 400;
  clearTimeout(body.rest);
  body.replaceChildren();
  (function part(from) {
    body.append(...items.slice(from, from + PART).map(make));
    if (from + PART < items.length) body.rest = setTimeout(part, 0, from + PART);
  })(0);
}

// -- The rows of numbers: only those in view, and some around them, are in the document --

const AROUND = 12;
const body = at("answers"), scroller = at("scroller"), head = at("table").tHead;
const rows = new Map(), numberOf = new WeakMap(), explained = new Map();
let numbers = [], index = new Map(), open = [], rowHeight = 40, current = 0, drawing = false;

function newRow(number) {
  const tr = row("number");
  for (const label of [null, "E.164", null, null, null]) cell(tr, label);
  for (const n of [0, 1]) tr.cells[n].classList.add("mono");
  const more = cell(tr), button = document.createElement("button");
  more.className = "more";
  button.type = "button";
  button.textContent = "explain";
  button.setAttribute("aria-label", "explain " + shown(number));
  more.append(button);
  tr.cells[0].textContent = tr.cells[0].title = shown(number);
  numberOf.set(tr, number);
  return { tr, button, answer: null };
}

function numberRow(n) {
  const number = numbers[n], answer = answerOf(number);
  if (!rows.has(number)) rows.set(number, newRow(number));
  const made = rows.get(number);
  if (made.answer !== answer) fill(made, answer);
  made.tr.setAttribute("aria-rowindex", n + 2);
  made.tr.tabIndex = made.button.tabIndex = n === current ? 0 : -1;
  made.button.setAttribute("aria-expanded", explained.has(number));
  return made.tr;
}

function fill(made, answer) {
  const texts = answer ? [answer.e164, answer.name, answer.friendly_name, pretty(answer)].map(shown) : Array(4).fill("…");
  texts.forEach((text, n) => { made.tr.cells[n + 1].textContent = made.tr.cells[n + 1].title = text; });
  made.answer = answer;
}

function explanationRow(number) {
  const told = explained.get(number);
  if (!told.tr) {
    told.tr = row("explanation");
    const td = cell(told.tr);
    td.colSpan = 6;
    td.append(document.createElement("pre"));
    numberOf.set(told.tr, number);
  }
  told.tr.cells[0].firstChild.textContent = told.text;
  return told.tr;
}

// Where a row starts: rows of numbers are of one height, and those of explanations before it are few.
function topOf(n) { return open.reduce((top, [m, told]) => m < n ? top + told.height : top, n * rowHeight); }

function rowAt(top) {
  let skipped = 0;
  for (const [n, told] of open) {
    if ((n + 1) * rowHeight + skipped > top) break;
    if ((n + 1) * rowHeight + skipped + told.height > top) return n;
    skipped += told.height;
  }
  return Math.max(0, Math.min(numbers.length - 1, Math.floor((top - skipped) / rowHeight)));
}

// Not rounded, as it is added up for thousands of rows.
function heightOf(tr) { return tr ? tr.getBoundingClientRect().height : 0; }

function headHeight() { return getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0; }

// A row that stays is not moved, and so keeps the focus.
function put(wanted) {
  const kept = new Set(wanted);
  for (const tr of [...body.rows]) if (!kept.has(tr)) tr.remove();
  wanted.forEach((tr, n) => { if (body.rows[n] !== tr) body.insertBefore(tr, body.rows[n] || null); });
}

// Room for the rows that are not in the document.
function pad(from, to) {
  body.style.paddingTop = topOf(from) + "px";
  body.style.paddingBottom = Math.max(0, topOf(numbers.length) - topOf(to + 1)) + "px";
}

function draw() {
  open = [...explained].filter(([number]) => index.has(number)).map(([number, told]) => [index.get(number), told]);
  open.sort(([a], [b]) => a - b);
  current = Math.max(0, Math.min(current, numbers.length - 1));
  at("table").setAttribute("aria-rowcount", numbers.length + 1);
  drawRows();
  const height = heightOf(body.querySelector("tr.number"));
  if (height && height !== rowHeight) { rowHeight = height; drawRows(); }
}

function drawRows() {
  const last = numbers.length - 1, top = scroller.scrollTop;
  const from = Math.max(0, rowAt(top) - AROUND), to = Math.min(last, rowAt(top + scroller.clientHeight) + AROUND);
  const wanted = [];
  for (let n = from; n <= to; n++) {
    wanted.push(numberRow(n));
    if (explained.has(numbers[n])) wanted.push(explanationRow(numbers[n]));
  }
  // Room and rows change together: with less of either for a moment the table would scroll.
  pad(from, to);
  const lost = body.contains(document.activeElement);
  put(wanted);
  for (const [n, told] of open) if (n >= from && n <= to) told.height = heightOf(told.tr);
  pad(from, to);
  if (lost && !body.contains(document.activeElement)) scroller.focus({ preventScroll: true });
  const kept = new Set(numbers.slice(from, to + 1));
  for (const number of rows.keys()) if (!kept.has(number)) rows.delete(number);
}

function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; draw(); });
}

// Moves the focus to a row, which may not be in the document yet.
function goTo(n) {
  current = n;
  const top = topOf(n), height = scroller.clientHeight - headHeight();
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top + rowHeight > scroller.scrollTop + height) scroller.scrollTop = top + rowHeight - height;
  draw();
  rows.get(numbers[n]).tr.focus({ preventScroll: true });
}

scroller.addEventListener("scroll", drawSoon, { passive: true });
new ResizeObserver(drawSoon).observe(scroller);

scroller.addEventListener("keydown", event => {
  const last = numbers.length - 1, page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 2);
  const there = {
    ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: last,
    PageDown: Math.min(last, current + page), PageUp: Math.max(0, current - page)
  }[event.key];
  if (there === undefined || last < 0) return;
  event.preventDefault();
  if (there < 0) at("numbers").focus(); else if (there <= last) goTo(there);
});

body.addEventListener("focusin", event => {
  const number = numberOf.get(event.target.closest("tr"));
  if (number === undefined || !index.has(number)) return;
  current = index.get(number);
  for (const { tr, button } of rows.values()) tr.tabIndex = button.tabIndex = numberOf.get(tr) === number ? 0 : -1;
  light(number);
});

body.addEventListener("mouseover", event => {
  const number = numberOf.get(event.target.closest("tr"));
  if (number !== undefined) light(number);
});

body.addEventListener("click", event => {
  if (event.target.closest("button")) toggle(numberOf.get(event.target.closest("tr")));
});
