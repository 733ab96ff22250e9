// Reads new messages of the open room out to who can't see them, and nothing of what is only scrolled in.

import { h } from "./dom.js";
import { shownName, visible } from "./text.js";

const KEPT = 5;
const LONGEST = 300;

export function announcer(model) {
  const place = document.getElementById("announcer");
  return (message) => {
    if (message.self || message.muted || message.deleted || message.room !== model.current) return;
    const who = message.author ? shownName(message.name) : "a neighbour";
    place.append(h("p", {}, `${who}: ${visible(message.text).slice(0, LONGEST)}`));
    while (place.children.length > KEPT) place.firstChild.remove();
  };
}
