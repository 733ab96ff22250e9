// Go to a room or a person by a few letters of the name.

import { avatar } from "./avatar.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { roomSign } from "./sidebar.js";
import { shownName } from "./text.js";

const MOST = 12;
// Rooms come before people who fit as well; less than no fit stays less.
const PEOPLE = 0.5;

/** Whether the letters are in the name in this order; the lower the number, the better they fit. */
function fit(name, typed) {
  const whole = name.toLowerCase();
  const letters = typed.toLowerCase();
  const at = whole.indexOf(letters);
  if (at >= 0) return at;
  let place = -1;
  for (const letter of letters) {
    place = whole.indexOf(letter, place + 1);
    if (place < 0) return -1;
  }
  return 100 + place;
}

export function openSwitcher(model, actions) {
  const list = h("div", { class: "switcher-list", role: "listbox", id: "switcher-list", "aria-label": "Rooms and people" });
  const field = h("input", {
    class: "field", id: "switcher-text", type: "text", role: "combobox", autofocus: true, autocomplete: "off", placeholder: "A room, a person, or #new-room", "aria-label": "Go to a room or person",
    "aria-controls": "switcher-list", "aria-expanded": "true", oninput: () => show(), onkeydown: (event) => keys(event),
  });
  const dialog = openDialog("Go to", [field, list], { class: "switcher" });
  let found = [];
  let at = 0;

  function choose(entry) {
    dialog.close();
    entry?.run();
  }

  function show() {
    found = entries(model, actions, field.value.trim());
    at = 0;
    list.replaceChildren(...found.map((entry, index) => h("div", {
      class: "switcher-item", role: "option", id: `switcher-${index}`, onclick: () => choose(entry),
    }, entry.sign, h("bdi", {}, entry.name), h("span", { class: "quiet" }, entry.note))));
    mark();
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `switcher-${at}`);
  }

  function keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) at = (at + step + found.length) % found.length;
    else if (event.key === "Enter") choose(found[at]);
    else return;
    event.preventDefault();
    mark();
  }

  show();
}

function entries(model, actions, typed) {
  const all = [];
  for (const room of model.rooms.values()) {
    const name = shownName(room.name);
    const note = room.unread > 0 ? `${room.unread} unread` : "";
    all.push({ name, note, sign: roomSign(room), fit: fit(name.replace(/^[#@]/, ""), typed.replace(/^[#@]/, "")), unread: room.unread, run: () => actions.open(room.room) });
  }
  const seen = new Set([...model.rooms.values()].map((room) => room.author));
  for (const people of model.people.values()) {
    for (const person of people) {
      if (typed === "" || person.self || person.blocked || seen.has(person.author)) continue;
      seen.add(person.author);
      all.push({ name: `@${shownName(person.name)}`, note: person.fingerprint, sign: avatar(person.author), fit: fit(shownName(person.name), typed.replace(/^@/, "")) + PEOPLE, unread: 0, run: () => actions.direct(person.author) });
    }
  }
  const found = all.filter((entry) => entry.fit >= 0).sort((a, b) => a.fit - b.fit || b.unread - a.unread || a.name.localeCompare(b.name)).slice(0, MOST);
  const named = typed.startsWith("#") ? typed.toLowerCase() : `#${typed.toLowerCase()}`;
  const known = [...model.rooms.values()].some((room) => room.name === named);
  if (typed.length > 1 && !typed.startsWith("@") && !known) found.push({ name: named, note: "join this room", sign: h("span", { class: "room-sign" }, icon("add")), run: () => actions.join(named) });
  return found;
}
