// What may be shown of a text that somebody else wrote: as text, with its links, with what would disguise it made visible.

const encoder = new TextEncoder();
// Control characters but tab and newline, the characters that turn the direction of what follows, and those that annotate.
const DISGUISES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g;
const LINK = /\bhttps?:\/\/[^\s<>"`\u201c\u201d]+/gi;
const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]?(?:\u200d\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]?)*\s*){1,4}$/u;

/** The length in bytes, by which the node counts. */
export function bytes(text) {
  return encoder.encode(text).length;
}

/** A text of several lines with each disguise replaced by a mark. */
export function visible(text) {
  return String(text ?? "").replace(DISGUISES, "\ufffd");
}

/** The same for names and topics, which have one line. */
export function visibleLine(text) {
  return visible(text).replace(/\s+/g, " ").trim();
}

/** A name as it is shown; a person or room without one has a stand-in. */
export function shownName(name, fallback = "nameless") {
  return visibleLine(name) || fallback;
}

export function isOnlyEmoji(text) {
  return text.length <= 32 && ONLY_EMOJI.test(text);
}

/** Nodes for a text: text nodes, and an `a` for each http or https address. */
export function withLinks(text) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    const address = trimmed(match[0]);
    const link = linkTo(address);
    if (!link) continue;
    nodes.push(text.slice(done, match.index), link);
    done = match.index + address.length;
  }
  nodes.push(text.slice(done));
  return nodes.filter((node) => node !== "");
}

function linkTo(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  // Where it really leads, whatever precedes an @ and however the letters look.
  link.title = `Opens ${url.host}`;
  link.textContent = address;
  return link;
}

/** An address without the punctuation of the sentence around it. */
function trimmed(address) {
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    const head = address.slice(0, end);
    if (/[.,;:!?'*_~]/.test(last)) continue;
    if (last === ")" && count(head, ")") > count(head, "(")) continue;
    if (last === "]" && count(head, "]") > count(head, "[")) continue;
    break;
  }
  return address.slice(0, end);
}

function count(text, character) {
  return text.split(character).length - 1;
}

/** Nodes for a text with the words searched for in `mark` elements. */
export function withMarks(text, query) {
  const words = query.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (words.length === 0) return [text];
  const found = new RegExp(`(${words.join("|")})`, "giu");
  return text.split(found).map((part, index) => {
    if (index % 2 === 0) return part;
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  });
}

/** A part of a long text that has the first word searched for. */
export function excerpt(text, query, length = 160) {
  const line = visibleLine(text);
  const word = query.split(/\s+/).find(Boolean)?.toLowerCase() ?? "";
  const at = Math.max(0, line.toLowerCase().indexOf(word));
  const start = at > length / 2 ? at - Math.floor(length / 3) : 0;
  return (start > 0 ? "…" : "") + line.slice(start, start + length) + (start + length < line.length ? "…" : "");
}
