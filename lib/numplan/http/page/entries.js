// -- Entries: the numbers in what was typed or pasted --

const MAX_NUMBERS = 100000;
const QUOTED = / *"([^"]*(?:""[^"]*)*)" *(?=[,;\t]|$)/y, PLAIN = /[^,;\t]*/y;

// The cells of a line, each with where it starts. A quote that opens a cell and is never closed is text.
function cellsOf(line) {
  const cells = [];
  let at = 0, open = false;
  for (;;) {
    QUOTED.lastIndex = PLAIN.lastIndex = at;
    const quoted = QUOTED.exec(line);
    const text = quoted ? quoted[1].replaceAll('""', '"') : PLAIN.exec(line)[0];
    open ||= !quoted && text.trimStart().startsWith('"');
    cells.push({ at, text });
    at = quoted ? QUOTED.lastIndex : PLAIN.lastIndex;
    if (at >= line.length) return { cells, open };
    at++;
  }
}

// JSON and URLs hold no half of a surrogate pair: it is what UTF-8 makes of it.
function clean(text) { return text.trim().toWellFormed(); }

// Of a line of several cells those without a digit are names and headings. What is left out is counted, so that it can be said.
function entriesOf(text) {
  const found = { numbers: [], index: new Map(), entries: [], repeated: 0, beyond: 0, words: 0, open: 0 };
  let start = 0;
  text.split("\n").forEach((line, n) => {
    const { cells, open } = cellsOf(line);
    const filled = cells.map(cell => ({ at: start + cell.at, number: clean(cell.text) })).filter(cell => cell.number);
    if (open && !found.open) found.open = n + 1;
    for (const cell of filled) {
      if (filled.length > 1 && !/[\p{Nd}*#+]/u.test(cell.number)) found.words++;
      else enter(found, cell);
    }
    start += line.length + 1;
  });
  return found;
}

function enter(found, cell) {
  if (found.index.has(cell.number)) found.repeated++;
  else if (found.numbers.length === MAX_NUMBERS) { found.beyond++; return; }
  else { found.index.set(cell.number, found.numbers.length); found.numbers.push(cell.number); }
  found.entries.push(cell);
}

// The last number that starts before a place in the text.
function entryAt(entries, place) {
  let low = 0, high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].at <= place) low = middle + 1; else high = middle;
  }
  return low ? entries[low - 1].number : undefined;
}
