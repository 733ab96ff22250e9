// Reads new messages of the open room out to who can't see them, and nothing of what is only scrolled in.

import { h } from "./dom.js";
import { shownName, visible } from "./text.js";

// It has been read out by then, and may have been deleted.
const LASTS = 10_000;
const LONGEST = 300;
// What comes at once, as after a reconnection, is counted instead of read.
const TOGETHER = 400;
const MOST = 3;

export function announcer(model) {
  const place = document.getElementById("announcer");
  let waiting = [];
  const say = (text) => {
    const words = h("p", {}, text);
    place.append(words);
    setTimeout(() => words.remove(), LASTS);
  };
  const flush = () => {
    const now = waiting.filter((message) => message.room === model.current);
    waiting = [];
    if (now.length > MOST) return say(`${now.length} new messages`);
    for (const message of now) {
      const who = message.author ? shownName(message.name) : "a neighbour";
      say(`${who}: ${visible(message.text).slice(0, LONGEST)}`);
    }
  };
  return (message) => {
    if (message.self || message.muted || message.deleted) return;
    if (waiting.length === 0) setTimeout(flush, TOGETHER);
    waiting.push(message);
  };
}
