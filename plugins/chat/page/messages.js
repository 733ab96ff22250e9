// The list of messages of the open room: in groups, by day, with gaps and the line above what is new.

import { button, h, iconButton, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { messageRow, outboxRow } from "./row.js";
import { Scroller } from "./scroller.js";
import { shownName } from "./text.js";
import { dayKey, dayName, writtenAt } from "./times.js";

// Messages of one author within this time are one group.
const GROUP = 5 * 60_000;

export class Messages {
  #kept = new Map();
  #shown = null;

  constructor(model, session, actions) {
    this.model = model;
    this.session = session;
    this.actions = actions;
    this.rows = h("div", { class: "rows" });
    this.list = h("div", { class: "messages", id: "messages", role: "log", "aria-live": "off", tabindex: "0", onkeydown: (event) => actions.messageKeys(event) }, this.rows);
    this.count = h("span", { class: "jump-count" });
    this.jump = iconButton(icon("down"), "To the newest message", () => session.toEnd(), { class: "jump", id: "jump", hidden: true });
    this.jump.append(this.count);
    this.element = h("div", { class: "messages-frame" }, this.list, this.jump);
    this.scroller = new Scroller(this.list, this.rows, {
      onnear: (direction) => session.more(direction),
      onplace: () => this.#place(),
    });
    model.atEnd = () => this.scroller.atEnd && !model.timeline.newer;
    model.visible = () => this.scroller.middle()?.dataset.id ?? null;
    session.reading.onattention = () => this.#place();
    model.on(["timeline", "current", "room", "me"], () => this.#show());
  }

  /** The element of a message, or null when it isn't among the rows. */
  rowOf(id) {
    return this.#kept.get(id)?.element ?? null;
  }

  /** The message whose row has the focus. */
  focused() {
    const row = document.activeElement?.closest?.(".row[data-id]");
    return row ? (this.model.timeline.find(row.dataset.id) ?? null) : null;
  }

  #show() {
    const { model } = this;
    const { timeline, room } = model;
    if (this.#shown !== model.current) {
      this.#shown = model.current;
      this.#kept.clear();
      this.rows.replaceChildren();
    }
    this.element.hidden = !room;
    if (!room) return;
    this.list.setAttribute("aria-busy", String(!timeline.loaded));
    this.list.setAttribute("aria-label", `Messages in ${shownName(room.name)}`);
    const items = timeline.loaded ? this.#items(room, timeline) : [waitItem("first", "Reading messages")];
    this.scroller.keep(() => reconcile(this.rows, items, this.#kept), !timeline.newer);
    this.#aim();
    this.scroller.look();
  }

  /** Goes to where the model wants to be, once. */
  #aim() {
    const { model } = this;
    if (!model.target || !model.timeline.loaded) return;
    const target = model.target;
    if (target === "end" || target === "unread") {
      const line = target === "unread" && model.divider && this.#kept.get("divider");
      if (line) this.scroller.show(line.element, 0.25);
      else this.scroller.toEnd();
    } else {
      const row = this.rowOf(target);
      if (!row) return;
      this.scroller.show(row, 0.35);
      row.focus({ preventScroll: true });
    }
    model.target = null;
  }

  #items(room, timeline) {
    const { model } = this;
    const items = [timeline.older ? waitItem("older", "Reading older messages") : beginning(room)];
    let before = null;
    for (const message of timeline.messages) {
      if (message.kind === "other") continue;
      const day = dayKey(writtenAt(message));
      const newDay = !before || dayKey(writtenAt(before)) !== day;
      if (newDay) items.push(dayItem(message, day));
      if (message.id === model.divider) items.push(DIVIDER);
      if (message.gap) items.push(gapItem(message, room));
      const first = newDay || message.gap || message.id === model.divider || !continues(before, message);
      items.push(this.#row(message, first));
      before = message;
    }
    if (timeline.newer) items.push(waitItem("newer", "Reading newer messages"));
    else this.#waiting(items);
    return items;
  }

  #row(message, first) {
    const lit = message.id === this.model.lit;
    return { key: message.id, stamp: stampOf(message, `${first}${lit}`), make: () => messageRow(message, { first, lit }, this.actions) };
  }

  #waiting(items) {
    for (const entry of this.model.outbox) {
      if (entry.room !== this.model.current) continue;
      items.push({ key: entry.key, stamp: entry.state + entry.why, make: () => outboxRow(entry, this.model.me, this.actions) });
    }
  }

  #place() {
    const { model } = this;
    const atEnd = model.atEnd();
    if (atEnd) model.below = 0;
    this.jump.hidden = atEnd || !model.timeline.loaded;
    this.count.textContent = model.below > 0 ? String(model.below) : "";
    this.jump.setAttribute("aria-label", model.below > 0 ? `To the newest message, ${model.below} new` : "To the newest message");
    const id = this.scroller.lowest()?.dataset.id;
    this.session.reading.seen(id ? model.timeline.find(id) : null);
  }
}

const stamps = new WeakMap();
let nextStamp = 1;

/** Another value for each object: messages aren't changed but replaced. */
function stampOf(message, extra) {
  if (!stamps.has(message)) stamps.set(message, nextStamp++);
  return `${stamps.get(message)}${extra}`;
}

function continues(before, message) {
  return before.kind === message.kind && message.kind !== "topic" && before.author === message.author && before.name === message.name
    && !message.reply && Math.abs(writtenAt(message) - writtenAt(before)) < GROUP;
}

const DIVIDER = { key: "divider", stamp: "", make: () => h("div", { class: "divider", role: "separator", "aria-label": "New messages" }, h("span", {}, "New messages")) };

function dayItem(message, day) {
  const name = dayName(writtenAt(message));
  return { key: `day ${day} ${message.id}`, stamp: name, make: () => h("div", { class: "day", role: "separator", "aria-label": name }, h("span", {}, name)) };
}

function gapItem(message, room) {
  const words = room.peers > 0 || room.syncing ? "Messages are missing here. They appear as soon as a peer sends them." : "Messages are missing here. They appear when a peer that has them is met.";
  return { key: `gap ${message.id}`, stamp: words, make: () => h("div", { class: "gap", role: "note" }, icon("warning"), h("span", {}, words)) };
}

function waitItem(key, words) {
  return { key: `wait ${key}`, stamp: "", make: () => h("div", { class: "wait" }, h("span", { class: "spinner" }), h("span", { class: "unseen" }, words)) };
}

function beginning(room) {
  const name = shownName(room.name);
  const words = {
    direct: "Only the two of you can read what is written here. That you talk, when, and how much is seen by the peers on the way.",
    private: "Whoever has the passphrase can read and write here. Peers on the way see who writes, when, and how much, but not what.",
    dchat: "Lines from direct neighbours, as every dchat node sends them: nobody signs them, and they go no further.",
    public: "Everybody who knows the room's name can read and write here. Each message is signed by its author.",
  }[room.kind] ?? "";
  return { key: "beginning", stamp: room.name, make: () => h("div", { class: "beginning" }, h("h2", {}, "The history of ", h("bdi", {}, name), " begins here"), h("p", {}, words)) };
}

/** What is shown when no room is open. */
export function nothingOpen(actions) {
  return h("div", { class: "nothing" }, h("div", { class: "nothing-sign" }, icon("hash")), h("h1", {}, "No room is open"),
    h("p", {}, "Join a room by its name. Whoever joins the same name on the network is in it too."),
    button("Join a room", () => actions.join(), { class: "button primary" }));
}
