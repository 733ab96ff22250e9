// The keyboard: which key does what, and the list of it that the user can open.

import { dialogIsOpen, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { isOpen } from "./popover.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const COMMAND = isMac ? "⌘" : "Ctrl";

const HELP = [
  ["Anywhere", [[`${COMMAND} K`, "Go to a room or person"], ["Alt ↑ ↓", "The room above, below"], ["Alt Shift ↑ ↓", "The next unread room"], [`${COMMAND} Shift F`, "Search"], ["Alt P", "People"], ["F6", "Rooms, messages, field, panel"], [`${COMMAND} /`, "This list"], ["Esc", "Close, cancel; then: to the newest message"]]],
  ["In the message field", [["Enter", "Send"], ["Shift Enter", "A new line"], ["↑", "Edit your last message, when the field is empty"], ["@ and letters, Tab", "Complete a name"]]],
  ["In the messages", [["↑ ↓ or K J", "The message above, below"], ["R", "Reply"], ["+", "React"], ["E", "Edit, if it is yours"], ["Delete", "Delete, if it is yours"], ["C", "Copy the text"], ["I", "What is known about it"], ["Enter", "All that can be done with it"], ["End", "To the newest message"]]],
];

export function openShortcuts() {
  openDialog("Keyboard", [h("div", { class: "shortcuts" }, HELP.map(([title, keys]) => h("section", {}, h("h3", {}, title),
    h("dl", {}, keys.map(([key, words]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)))))))], { class: "big" });
}

function command(event) {
  return (isMac ? event.metaKey : event.ctrlKey) && !event.altKey;
}

/** Listens to the keys that work anywhere. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const run = globalKey(event, actions);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function globalKey(event, actions) {
  const key = event.key.toLowerCase();
  if (command(event) && key === "k") return () => dialogIsOpen() || actions.switcher();
  if (dialogIsOpen() || isOpen()) return null;
  if (command(event) && key === "/") return actions.shortcuts;
  if (command(event) && event.shiftKey && key === "f") return () => actions.panel("search");
  if (event.altKey && !event.ctrlKey && key === "p") return () => actions.panel("people");
  if (event.altKey && (key === "arrowup" || key === "arrowdown")) return () => actions.neighbour(key === "arrowup" ? -1 : 1, event.shiftKey);
  if (key === "f6") return () => actions.nextRegion(event.shiftKey ? -1 : 1);
  if (key === "escape") return actions.escape;
  if (isTyping(event) || command(event) || event.altKey || event.ctrlKey || event.metaKey) return null;
  if (key === "?") return actions.shortcuts;
  if (key === "/") return () => actions.panel("search");
  // Whoever just types means the message field; the letter arrives there by itself.
  if (event.target === document.body && event.key.length === 1) actions.focusField();
  return null;
}

function isTyping(event) {
  return event.target.matches?.("input, textarea, select");
}

/** What a key does with the message that has the focus; null when nothing. */
export function messageKey(event, message, actions, row) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return null;
  const onRow = event.target === row;
  const mine = message?.self && !message.deleted && message.kind === "text";
  const speaks = message?.kind === "text" && !message.deleted;
  switch (event.key) {
    case "ArrowUp": case "k": return () => actions.focusMessage(-1);
    case "ArrowDown": case "j": return () => actions.focusMessage(1);
    case "End": return actions.toEnd;
    case "Enter": return onRow && message ? () => actions.messageMenu(message, row) : null;
    case "r": return speaks ? () => actions.reply(message) : null;
    case "+": return speaks ? () => actions.pickReaction(message, row) : null;
    case "e": return mine ? () => actions.edit(message) : null;
    case "Delete": return mine ? () => actions.delete(message) : null;
    case "c": return message && !message.deleted ? () => actions.copyText(message) : null;
    case "i": return message ? () => actions.info(message) : null;
    default: return null;
  }
}
