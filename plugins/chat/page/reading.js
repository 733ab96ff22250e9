// How far the user has read: where "new messages" begins, what is counted below the screen, and what the node is told.

import { compareCursors } from "./timeline.js";

const SETTLE = 300;

/** Whether a message counts as unread when it comes. */
export function counts(message) {
  return !message.self && !message.muted && !message.deleted;
}

export class Reading {
  #timer = 0;
  /** By room: the cursor up to which the node knows. The mark only moves forward. */
  #read = new Map();

  constructor(model, rpc) {
    this.model = model;
    this.rpc = rpc;
    addEventListener("focus", () => this.onattention?.());
    document.addEventListener("visibilitychange", () => this.onattention?.());
  }

  /** Another room was opened. */
  enter() {
    Object.assign(this.model, { divider: null, below: 0 });
    this.loaded();
  }

  /** Messages of the open room were read: with the end of the history among them it is clear which are unread. */
  loaded() {
    const { model } = this;
    const { timeline, room } = model;
    if (!timeline.loaded || model.divider || (timeline.newer && !timeline.has(room?.read))) return;
    if (room?.unread > 0 || !this.#read.has(model.current)) this.#place();
  }

  /** Puts the divider before the first unread message of those held. */
  #place() {
    const { model } = this;
    const { messages } = model.timeline;
    let unread = model.room?.unread ?? 0;
    let at = messages.length;
    const read = messages.findIndex((message) => message.id === model.room?.read);
    if (read >= 0 && unread > 0) {
      at = messages.findIndex((message, index) => index > read && counts(message));
      if (at < 0) at = messages.length;
    } else {
      for (let i = messages.length - 1; i >= 0 && unread > 0; i--) {
        if (!counts(messages[i])) continue;
        at = i;
        unread--;
      }
    }
    model.divider = messages[at]?.id ?? null;
    if (!this.#read.has(model.current)) this.#read.set(model.current, messages[at - 1]?.cursor ?? "");
  }

  /** A message came into the room that is open. */
  arrived(message, inserted) {
    const { model } = this;
    if (message.self) model.divider = null;
    if (!counts(message)) return;
    if (!attentive() && !model.divider && inserted) model.divider = message.id;
    if (!inserted || !model.atEnd?.()) model.below++;
  }

  /** The message lowest on the screen is read as soon as it stays there for a moment. */
  seen(message) {
    clearTimeout(this.#timer);
    if (message) this.#timer = setTimeout(() => this.#tell(message), SETTLE);
  }

  #tell(message) {
    const { model } = this;
    const { room, cursor } = message;
    const before = this.#read.get(room);
    if (!attentive() || room !== model.current || !this.rpc.open || !(model.room?.unread > 0)) return;
    if (before === undefined || compareCursors(cursor, before) <= 0) return;
    this.#read.set(room, cursor);
    this.rpc.call("read", { room, id: message.id }).catch(() => this.#read.set(room, before));
  }
}

function attentive() {
  return document.visibilityState === "visible" && document.hasFocus();
}
