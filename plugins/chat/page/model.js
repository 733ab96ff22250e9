// What the page knows: plain state, and who wants to hear when a part of it changes.

import { Timeline } from "./timeline.js";

export class Model {
  connection = { name: "connecting" };
  me = { name: "", author: "", fingerprint: "" };
  /** Peers that speak chat, messages known to be missing in all rooms. */
  status = { peers: 0, missing: 0, version: "" };
  /** Whether the rooms have been read once. */
  ready = false;
  rooms = new Map();
  current = null;
  timelines = new Map();
  people = new Map();
  /** What was typed and isn't in a history yet, oldest first. */
  outbox = [];
  /** What is being written, by room: `{ text, reply, edit }`. */
  drafts = new Map();
  /** The first unread message of the current room, and how many came while its end was out of sight. */
  divider = null;
  below = 0;
  /** What is to be shown next: a message, "unread" or "end"; and the message that is lit. */
  target = null;
  lit = null;
  panel = null;
  search = { query: "", everywhere: false, results: null, more: false, busy: false };

  #listeners = [];
  #changed = new Set();
  #scheduled = false;

  get room() {
    return this.rooms.get(this.current) ?? null;
  }

  get timeline() {
    return this.timelineOf(this.current);
  }

  timelineOf(room) {
    if (room === null) return new Timeline();
    if (!this.timelines.has(room)) this.timelines.set(room, new Timeline());
    return this.timelines.get(room);
  }

  get draft() {
    if (!this.drafts.has(this.current)) this.drafts.set(this.current, { text: "", reply: null, edit: null });
    return this.drafts.get(this.current);
  }

  /** Calls `listener` once for each frame in which one of `parts` has changed. */
  on(parts, listener) {
    this.#listeners.push({ parts, listener });
  }

  /** Says that these parts have changed. */
  touch(...parts) {
    for (const part of parts) this.#changed.add(part);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => this.#flush();
    // A page in the background has no frames, but a title that counts.
    if (document.hidden) setTimeout(flush, 50);
    else requestAnimationFrame(flush);
  }

  #flush() {
    this.#scheduled = false;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { parts, listener } of this.#listeners) {
      if (parts.some((part) => changed.has(part))) listener();
    }
  }
}
