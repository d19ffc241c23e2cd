// -- The page: numbers are asked for in lists, one after the other, and again when the configuration has changed --

const DELAY = 150, POLL = 5000, MAX_LIST = 1000, MAX_CHARACTERS = 500000, MAX_NUMBER = 100000, LONGEST_WAIT = 10;
// What is written for the eye between the digits of a number, and is still there when the rules have been asked.
const SEPARATOR = /[\p{White_Space}\p{Pd}\p{Ps}\p{Pe}./]/u, LETTER = /\p{L}/u;
const known = new Map(), classRows = new Map();
let found = entriesOf(""), revision = null, due = true, working = false, halted = false, epoch = 0;
let mismatches = 0, failures = 0, listSize = MAX_LIST, retry = null, typing = null, checking = null, lit = null;

// A number too long to be asked for is one of those that are answered: with that.
function answerOf(number) {
  return number.length > MAX_NUMBER ? { e164: "too long to be asked for here", number: "" } : known.get(number);
}

// Work that is never done twice at once: first the configuration, where that is due, then lists of numbers.
async function work() {
  if (working) return;
  clearTimeout(retry);
  retry = null;
  working = true;
  try { while (await step()); } finally { working = false; }
}

function step() {
  if (!account()) return false;
  if (due) return refresh();
  const list = nextList();
  return list.length > 0 && classify(list);
}

function nextList() {
  const list = [];
  let characters = 0;
  for (const number of numbers) {
    if (answerOf(number)) continue;
    characters += number.length;
    if (list.length && (list.length >= listSize || characters > MAX_CHARACTERS)) break;
    list.push(number);
  }
  return list;
}

function options() { return at("clean").checked ? { clean: true } : {}; }

async function classify(list) {
  const mine = epoch, answer = await ask(path(options()), { data: { numbers: list } });
  if (mine !== epoch) return true;
  if (answer.status === 413 && list.length > 1) { listSize = list.length >> 1; return true; }
  if (!succeeded(answer)) return failed(answer);
  recovered();
  if (answer.json.revision !== revision) return outdated();
  mismatches = 0;
  list.forEach((number, n) => known.set(number, answer.json.data[n]));
  drawAll();
  return true;
}

// Nodes may take a while to agree on a configuration: the second time it is asked for less hastily.
function outdated() {
  due = true;
  if (mismatches++ === 0) return true;
  retry = setTimeout(work, 2000);
  return false;
}

async function refresh() {
  const mine = epoch, answer = await ask(path(), { revision });
  if (mine !== epoch) return true;
  if (answer.status !== 304 && !succeeded(answer)) return failed(answer);
  recovered();
  due = false;
  if (answer.status === 200 && answer.json.revision !== revision) changed(answer.json);
  return true;
}

function changed(json) {
  if (revision !== null) {
    at("notice").textContent = "The configuration was changed (" + new Date().toLocaleTimeString("en-GB") + "): all numbers are asked for again.";
  }
  revision = json.revision;
  listSize = MAX_LIST;
  known.clear();
  drawClassifiers(dataInOrder(json.text));
  for (const number of explained.keys()) explain(number);
  check();
  drawAll();
}

function failed(answer) {
  let text = reason(answer);
  if (answer.status === 401 && at("access").hidden) askForToken();
  halted = !passing(answer);
  if (!halted) {
    const wait = answer.wait || Math.min(LONGEST_WAIT, 2 ** failures++);
    due = due || answer.status === 0;
    retry = setTimeout(work, 1000 * wait);
    text += " Trying again in " + wait + " s.";
  }
  at("error").textContent = text;
  return false;
}

function recovered() {
  failures = 0;
  halted = false;
  at("error").textContent = "";
}

function reset() {
  epoch++;
  known.clear();
  explained.clear();
  [revision, due, halted, mismatches] = [null, true, false, 0];
  at("notice").textContent = "";
  work();
  drawAll();
}

// As numbers are answered otherwise then, none of the answers stays; nor does one that is under way.
function cleanOrNot() {
  epoch++;
  known.clear();
  for (const number of explained.keys()) explain(number);
  work();
  drawAll();
}

function askForToken() {
  at("account").value = sessionStorage.getItem("account") || served;
  at("token").value = sessionStorage.getItem("token") || "";
  at("access").hidden = false;
}

// -- Drawing --

function drawAll() {
  draw();
  if (!body.contains(document.activeElement)) light(entryAt(found.entries, at("numbers").selectionStart) ?? numbers[0]);
  const classes = new Map();
  let done = 0, unclean = 0;
  for (const number of numbers) {
    const answer = answerOf(number);
    if (!answer) continue;
    done++;
    if (SEPARATOR.test(answer.e164) && !LETTER.test(answer.e164)) unclean++;
    classes.set(answer.name, (classes.get(answer.name) || 0) + 1);
  }
  at("summary").textContent = numbers.length ? count(done) + " of " + count(numbers.length) + " numbers classified" : "";
  at("classes").textContent = numbers.length > 1 ? classesText([...classes]) : "";
  at("note").textContent = notes(unclean).join(" ");
}

function classesText(classes) {
  const MOST = 10;
  const parts = classes.sort(([, a], [, b]) => b - a).map(([name, n]) => shown(name ?? "no class") + " " + count(n));
  const more = parts.length > MOST ? " · " + count(parts.length - MOST) + " more classes" : "";
  return parts.slice(0, MOST).join(" · ") + more;
}

// What of the text is not shown, and why: nothing is left out in silence.
function notes(unclean) {
  return [
    unclean && count(unclean) + " with spaces, brackets or dashes, which no rule removes: strip them first, or see what explain says.",
    found.repeated && count(found.repeated) + " repeated: each number is shown once.",
    found.words && count(found.words) + (found.words === 1 ? " cell" : " cells") + " without a digit left out.",
    found.open && "Line " + count(found.open) + ": a quote is never closed.",
    found.beyond && count(found.beyond) + " more than the " + count(MAX_NUMBERS) + " that are shown here: numplan classify answers files of any size."
  ].filter(Boolean);
}

function drawClassifiers(classifiers) {
  classRows.clear();
  fillInParts(at("classifiers"), classifiers, ([name, c]) => {
    const tr = textRow([name, c.friendly_name, c.regex, c.pretty_print], [null, null, "Regex", "Mask"], [0, 2, 3]);
    classRows.set(rule(name, c.regex), tr);
    return tr;
  });
}

// Two rules may have one name.
function rule(name, regex) { return JSON.stringify([name, regex]); }

function light(number) {
  const answer = number === undefined ? undefined : answerOf(number), tr = answer && classRows.get(rule(answer.name, answer.regex));
  if (lit === tr) return;
  if (lit) { lit.classList.remove("lit"); lit.removeAttribute("aria-current"); }
  if (tr) { tr.classList.add("lit"); tr.setAttribute("aria-current", "true"); }
  lit = tr;
}

function toggle(number) {
  if (!explained.delete(number)) {
    explained.set(number, { text: "…", height: 0, tr: null });
    explain(number);
  }
  draw();
}

// By a list of one, as no path can hold every number: ".." is none of its own.
async function explain(number) {
  const told = explained.get(number), mine = epoch;
  const answer = await ask(path({ explain: true, ...options() }), { data: { numbers: [number] } });
  if (mine !== epoch || explained.get(number) !== told) return;
  told.text = succeeded(answer) ? answer.json.data[0].explanation.text : "It is not explained. " + reason(answer);
  if (succeeded(answer) && answer.json.revision !== revision) { due = true; work(); }
  draw();
}

// For superadmins; whoever is none sees the page without it. A node makes one check at a time.
async function check() {
  clearTimeout(checking);
  at("check").hidden = true;
  const mine = epoch, of = revision, answer = await ask(base + "/v2/system_configs/number_manager/check");
  if (mine !== epoch || of !== revision) return;
  if (passing(answer)) checking = setTimeout(check, 1000 * (answer.wait || 5));
  if (!succeeded(answer)) return;
  drawReport(answer.json.data);
  at("check").hidden = false;
}

function drawReport({ findings, more_overlaps, unread, cut }) {
  fillInParts(at("findings"), findings, finding => {
    const seen = finding.witness || (finding.related.find(related => related.witness) || {}).witness;
    const texts = [finding.severity, finding.path || "the whole", finding.sentence, seen && becomes(seen), finding.fix];
    const tr = textRow(texts, [null, "Where", null, "Number", "To do"], [1, 3]);
    tr.cells[0].className = finding.severity;
    return tr;
  });
  at("unproved").textContent = [
    more_overlaps ? more_overlaps + " more overlaps are not shown." : "",
    unread.length ? unread.length + " rules run in OTP's re and were not looked at." : "",
    ...cut.map(cut => "Not proved: " + cut.proof + ", as " + cut.reason + ".")
  ].join(" ").trim() || (findings.length ? "" : "Nothing.");
}

function becomes(seen) {
  const number = seen.number || "the empty number";
  return (seen.number === seen.e164 ? number : number + " → " + seen.e164) + " (" + (seen.class === null ? "no class" : seen.class) + ")";
}

// -- What a person does --

function soon(what) { clearTimeout(typing); typing = setTimeout(what, DELAY); }

function update() {
  found = entriesOf(at("numbers").value);
  ({ numbers, index } = found);
  if (known.size > 2 * MAX_NUMBERS) for (const number of known.keys()) if (!index.has(number)) known.delete(number);
  if (!retry) work();
  drawAll();
}

// What may have changed while nobody looked is asked for when somebody does.
function poll() {
  if (document.hidden || halted || retry || revision === null) return;
  due = true;
  work();
}

for (const id of ["account", "token"]) {
  at(id).addEventListener("input", () => {
    sessionStorage.setItem(id, at(id).value);
    soon(reset);
  });
}
at("numbers").addEventListener("input", () => soon(update));
for (const event of ["keyup", "click"]) {
  at("numbers").addEventListener(event, () => light(entryAt(found.entries, at("numbers").selectionStart) ?? numbers[0]));
}
at("clean").addEventListener("change", cleanOrNot);
document.addEventListener("visibilitychange", poll);
setInterval(poll, POLL);

if (!served) askForToken();
update();
