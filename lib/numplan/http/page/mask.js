// -- Pretty print --

const NANP_MASK = "SS(###) ### - ####";
const bytesOf = text => new TextEncoder().encode(text);

// In a mask S skips a byte, # takes one, * takes the rest, and a backslash takes the next of these as it is; all else is itself.
function layOut(mask, number) {
  const [from, rest, out] = [bytesOf(mask), [...bytesOf(number)], []];
  for (let m = 0; m < from.length; m++) {
    const c = String.fromCharCode(from[m]);
    if (c === "\\" && "S#*".includes(String.fromCharCode(from[m + 1]))) out.push(from[++m]);
    else if (c === "S") rest.shift();
    else if (c === "#") out.push(...rest.splice(0, 1));
    else if (c === "*") out.push(...rest.splice(0));
    else out.push(from[m]);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(out));
}

function pretty(answer) {
  if (typeof answer.pretty_print === "string") return layOut(answer.pretty_print, answer.e164);
  return answer.e164.startsWith("+1") ? layOut(NANP_MASK, answer.e164) : answer.number;
}
