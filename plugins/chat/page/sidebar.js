// The list of rooms, who one is, and how the node is connected.

import { avatar, tint } from "./avatar.js";
import { h, iconButton, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { connectionLine } from "./truth.js";
import { shownName } from "./text.js";

const GROUPS = [
  { title: "Rooms", holds: (room) => room.kind === "public" || room.kind === "dchat" },
  { title: "Private rooms", holds: (room) => room.kind === "private" },
  { title: "Direct messages", holds: (room) => room.kind === "direct" },
];

export class Sidebar {
  #kept = new Map();

  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.element = document.getElementById("sidebar");
    this.list = h("div", { class: "room-list", onkeydown: (event) => this.#keys(event) });
    this.me = h("button", { type: "button", class: "me", title: "Your name and identity", onclick: () => actions.settings() });
    this.state = h("button", { type: "button", class: "node-state", onclick: () => actions.connection() });
    this.element.append(
      h("header", { class: "sidebar-head" }, this.me,
        iconButton(icon("theme"), "Light or dark", () => actions.theme(), { id: "theme-switch" })),
      h("div", { class: "sidebar-tools" },
        h("button", { type: "button", class: "finder", id: "switcher-open", onclick: () => actions.switcher() },
          icon("search"), h("span", {}, "Go to…"), h("kbd", {}, actions.commandKey + " K")),
        iconButton(icon("add"), "Join a room", () => actions.join(), { id: "join-open" })),
      this.list,
      h("footer", { class: "sidebar-foot" }, this.state,
        iconButton(icon("keyboard"), "Keyboard shortcuts", () => actions.shortcuts(), { id: "shortcuts-open" }),
        iconButton(icon("settings"), "Settings", () => actions.settings(), { id: "settings-open" })),
    );
    model.on(["rooms", "current"], () => this.#rooms());
    model.on(["me"], () => this.#me());
    model.on(["connection", "rooms", "me"], () => this.#state());
  }

  /** Joined rooms as they stand in the list. */
  ordered() {
    const rooms = [...this.model.rooms.values()];
    return GROUPS.flatMap((group) => rooms.filter(group.holds).sort(byName));
  }

  #rooms() {
    const rooms = this.ordered();
    const items = [];
    for (const { title, holds } of GROUPS) {
      const inside = rooms.filter(holds);
      if (inside.length === 0) continue;
      items.push({ key: title, stamp: "", make: () => h("h2", { class: "room-group" }, title) });
      for (const room of inside) items.push(this.#item(room));
    }
    if (items.length === 0 && this.model.ready) {
      items.push({ key: "none", stamp: "", make: () => h("p", { class: "quiet room-none" }, "You are in no room yet.") });
    }
    reconcile(this.list, items, this.#kept);
    const all = rooms.reduce((sum, room) => sum + room.unread, 0);
    const name = this.model.room ? shownName(this.model.room.name) : "Chat";
    document.title = `${all > 0 ? `(${all}) ` : ""}${name} · Backplane`;
  }

  #item(room) {
    const current = room.room === this.model.current;
    const stamp = [room.name, room.kind, current, room.unread, room.mentions, room.missing > 0, room.syncing, room.peers > 0].join("|");
    return { key: room.room, stamp, make: () => this.#room(room, current) };
  }

  #room(room, current) {
    const name = shownName(room.name);
    const words = [name, unreadWords(room), room.syncing ? "reading history" : room.missing > 0 && `${room.missing} messages missing`];
    const item = h("button", {
      type: "button", class: `room${current ? " current" : ""}${room.unread > 0 ? " unread" : ""}`, "data-room": room.room,
      "aria-current": current && "page", "aria-label": words.filter(Boolean).join(", "), onclick: () => this.actions.open(room.room),
    }, roomSign(room), h("bdi", { class: "room-name" }, name.replace(/^[#@]/, "")));
    if (room.syncing) item.append(h("span", { class: "spinner small", title: "Reading history from peers" }));
    if (room.mentions > 0) item.append(h("span", { class: "badge mention" }, `@${shownCount(room.mentions)}`));
    if (room.unread > room.mentions) item.append(h("span", { class: "badge" }, shownCount(room.unread - room.mentions)));
    return item;
  }

  #me() {
    const { me } = this.model;
    this.me.replaceChildren(avatar(me.author), h("span", { class: "me-words" },
      h("bdi", { class: "me-name" }, shownName(me.name, "…")), h("span", { class: "fingerprint" }, me.fingerprint)));
    tint(this.me, me.author);
  }

  #state() {
    const line = connectionLine(this.model);
    this.state.className = `node-state ${line.mood}`;
    this.state.title = line.detail;
    this.state.replaceChildren(h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "node-state-text" }, line.text));
  }

  #keys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    const rooms = [...this.list.querySelectorAll(".room")];
    const next = rooms[rooms.indexOf(document.activeElement) + step];
    if (next) next.focus();
    event.preventDefault();
  }
}

/** What stands before a room's name. */
export function roomSign(room) {
  if (room.kind === "direct") return avatar(room.author ?? room.room);
  return h("span", { class: "room-sign" }, icon({ private: "lock", dchat: "wire" }[room.kind] ?? "hash"));
}

function unreadWords(room) {
  if (room.unread === 0) return null;
  return `${room.unread} unread${room.mentions > 0 ? `, ${room.mentions} mention you` : ""}`;
}

function shownCount(count) {
  return count > 999 ? "999+" : String(count);
}

function byName(a, b) {
  return (a.kind === "dchat") - (b.kind === "dchat") || a.name.localeCompare(b.name);
}
