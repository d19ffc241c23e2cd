// -- Requests --

const ANSWERED_WITHIN = 60000;
const at = id => document.getElementById(id);
// The path under which the page is served: empty, or a prefix such as "/numplan".
const base = location.pathname.replace(/^\/+/, "/").replace(/\/+$/, "");
const served = document.querySelector("meta[name=numplan-account]").content;

// The account of a server without tokens is in the page; others ask for it.
function account() { return at("access").hidden ? served : at("account").value.trim(); }
function token() { return at("access").hidden ? "" : at("token").value.trim(); }
function path(query = {}) {
  const asked = new URLSearchParams(query).toString();
  return base + "/v2/accounts/" + encodeURIComponent(account().toWellFormed()) + "/phone_numbers/classifiers" + (asked && "?" + asked);
}

// The status of an answer (0 where there is none), its envelope, and how many seconds it asks to wait. Never throws.
async function ask(path, { data, revision } = {}) {
  // A header holds printable ASCII: what does not fit in one is nobody's token.
  if (!/^[\x21-\x7e]*$/.test(token())) return { status: 401, wait: 0, json: {} };
  const headers = {};
  if (token()) headers["X-Auth-Token"] = token();
  if (data) headers["Content-Type"] = "application/json";
  if (revision) headers["If-None-Match"] = '"' + revision + '"';
  try {
    const response = await fetch(path, {
      method: data ? "POST" : "GET", headers, body: data && JSON.stringify({ data }), cache: "no-store",
      signal: AbortSignal.timeout(ANSWERED_WITHIN)
    });
    const text = await response.text();
    return { status: response.status, wait: Number(response.headers.get("Retry-After")) || 0, json: read(text, response) };
  } catch (_) {
    return { status: 0, wait: 0, json: {} };
  }
}

// What is no envelope was not answered by the API.
function read(text, response) {
  if (response.status === 304) return {};
  try {
    const json = JSON.parse(text);
    if (json.status === "success" || json.status === "error") return { ...json, text };
  } catch (_) { /* no JSON */ }
  return { foreign: true };
}

// The members of `data` in the order of the text, and those that stand twice. JavaScript puts keys like "911" first and keeps the
// last of two: so each key is numbered before the text is read.
function dataInOrder(text) {
  let n = 0;
  const numbered = text.replace(/("(?:[^"\\]|\\.)*")(\s*:)?/g, (all, key, colon) => colon ? '"' + n++ + " " + key.slice(1) + ":" : all);
  const members = object => Object.entries(object).map(([key, value]) => [key.slice(key.indexOf(" ") + 1), value]);
  const plain = value => {
    if (Array.isArray(value)) return value.map(plain);
    return value && typeof value === "object" ? Object.fromEntries(members(value).map(([key, value]) => [key, plain(value)])) : value;
  };
  const [, data] = members(JSON.parse(numbered)).find(([key]) => key === "data");
  return members(data).map(([name, value]) => [name, plain(value)]);
}

function succeeded(answer) { return answer.status === 200 && !answer.json.foreign; }

// It may be answered later as it stands.
function passing(answer) { return [0, 429, 502, 503, 504].includes(answer.status); }

// The message for a response that is not an answer of the API.
function reason({ status, json }) {
  if (status === 401 && !token()) return "The server wants a token: enter an account and one of its tokens.";
  if (status === 503 && json.message === "datastore_unreachable") return "The server cannot reach its store.";
  const known = {
    0: "The server cannot be reached. Is it still running?",
    401: "The token is not known: enter one that the server's configuration names.",
    403: "The token does not reach this account.",
    404: "There is no such account: its id has 32 characters.",
    429: "Too many requests.",
    500: "The server failed" + (json.request_id ? "; its log says why, under " + json.request_id : "") + ".",
    503: "The server has no room for more requests."
  }[status];
  if (known) return known;
  if (json.foreign) return "Status " + status + ", and no answer of Numplan's: is there a proxy between?";
  return "The server refuses this with status " + status + ": " + json.message + ".";
}
