// One user's chat: brings what the node answers into the model, and what the user does to the node.

import { News } from "./news.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { RpcClient } from "./rpc.js";
import { failed } from "./toasts.js";

const PAGE = 100;
const LONGEST_PAGE = 200;
// Read messages that are shown above the first unread one.
const SOME = 30;
const HEARTBEAT = 20_000;
// Rooms whose messages stay in memory.
const HELD = 6;

export class Session {
  constructor(model, announce) {
    this.model = model;
    this.news = new News(this, announce);
    const url = new URL("/rpc", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.rpc = new RpcClient(url.href, {
      onphase: (phase) => this.#phase(phase),
      onevent: (event) => this.news.take(event),
    });
    this.outbox = new Outbox(model, this.rpc);
    this.reading = new Reading(model, this.rpc);
    setInterval(() => this.rpc.open && this.#readStatus().catch(() => {}), HEARTBEAT);
    addEventListener("online", () => this.rpc.open || this.rpc.reconnect());
  }

  start() {
    this.rpc.connect();
  }

  /** Reads everything anew. */
  refresh() {
    return this.#readAll();
  }

  /** The result of a call, or null when it failed, which the user has then been told. */
  async ask(name, params, doing) {
    try {
      return await this.rpc.call(name, params);
    } catch (error) {
      failed(doing, error);
      return null;
    }
  }

  // Rooms.

  async open(room, around = null) {
    const { model } = this;
    const held = model.timelineOf(room);
    if (!model.rooms.has(room) || (model.current === room && !around && (held.loaded || held.isRead))) return;
    if (model.current !== room) {
      model.current = room;
      model.lit = null;
      this.reading.enter();
      this.#forgetOthers();
    }
    model.target = around ?? "unread";
    model.touch("current", "rooms", "timeline", "composer", "people");
    if (around ? !held.has(around) : !held.loaded || held.newer) await this.#load(room, around, model.target);
    else if (around) this.#light(around);
    this.loadPeople(room);
  }

  async #load(room, around, target) {
    const { model } = this;
    const part = target === "end" ? { limit: PAGE } : this.#part(room, around);
    const reading = this.ask("history", { room, ...part }, "The messages could not be read");
    const read = await model.timelineOf(room).replace(reading);
    if (!read || model.current !== room) return;
    this.reading.loaded();
    model.target = target;
    if (around) this.#light(around);
    model.touch("timeline");
  }

  /** Which part is read first: around a message, else the end, but with the first unread message among it. */
  #part(room, around) {
    const { unread, read } = this.model.rooms.get(room);
    if (around) return { around, limit: PAGE };
    if (unread > LONGEST_PAGE - SOME && read) return { around: read, limit: PAGE };
    return { limit: Math.min(LONGEST_PAGE, Math.max(PAGE, unread + SOME)) };
  }

  #light(id) {
    this.model.lit = id;
    this.model.touch("timeline");
  }

  #forgetOthers() {
    const { timelines, current } = this.model;
    const held = timelines.get(current);
    timelines.delete(current);
    if (held) timelines.set(current, held);
    for (const room of timelines.keys()) {
      if (timelines.size <= HELD) break;
      if (room !== current) timelines.delete(room);
    }
  }

  /** Reads the page before or after what is held; "older" or "newer". */
  async more(direction) {
    const { model } = this;
    const { current, timeline } = model;
    if (!timeline[direction] || timeline.busy || timeline.messages.length === 0 || !this.rpc.open) return;
    timeline.busy = true;
    const edge = direction === "older" ? { before: timeline.first.cursor } : { after: timeline.last.cursor };
    const page = await this.ask("history", { room: current, ...edge, limit: PAGE }, "More messages could not be read");
    timeline.busy = false;
    if (!page || model.timelines.get(current) !== timeline) return;
    if (direction === "older") timeline.prepend(page);
    else timeline.append(page);
    this.reading.loaded();
    model.touch("timeline");
  }

  /** Shows the newest messages. */
  async toEnd() {
    const { model } = this;
    model.below = 0;
    model.target = "end";
    if (model.timeline.newer) await this.#load(model.current, null, "end");
    model.touch("timeline");
  }

  async join(name, passphrase) {
    const params = passphrase ? { name, passphrase } : { name };
    const room = await this.rpc.call("join", params);
    this.news.putRoom(room);
    return room;
  }

  /** The id of the room with another person; null when there is none. */
  async direct(author) {
    const room = await this.ask("direct", [author], "A direct message could not be started");
    if (room) this.news.putRoom(room);
    return room?.room ?? null;
  }

  async leave(room) {
    if (await this.ask("leave", [room], "The room could not be left")) this.news.left(room);
  }

  /** Has a room kept for so many days; it is read again, since some of it may be gone. */
  async keep(room, days) {
    this.news.putRoom(await this.rpc.call("keep", { room, days }));
    if (room === this.model.current) await this.#readCurrentAgain();
  }

  async loadPeople(room = this.model.current) {
    if (!room || this.model.rooms.get(room)?.kind === "dchat") return;
    try {
      this.news.putPeople(room, await this.rpc.call("people", [room]));
    } catch {
      // The list says of whom it knows; it is read again with the next message.
    }
  }

  // Messages.

  edit(id, text) {
    return this.ask("edit", { id, text }, "The message could not be changed");
  }

  delete(id) {
    return this.ask("delete", [id], "The message could not be deleted");
  }

  react(message, emoji) {
    const on = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.self);
    return this.ask("react", { id: message.id, emoji, on }, "The reaction could not be sent");
  }

  // People.

  async mark(kind, author, on) {
    if (!(await this.ask(kind, { author, on }, `That person could not be ${kind === "mute" ? "muted" : "blocked"}`))) return;
    await this.#readAll();
  }

  // The connection.

  #phase(phase) {
    this.model.connection = phase;
    this.model.touch("connection", "composer");
  }

  /** Everything anew: after a connection was made, or when events were lost. */
  async #readAll() {
    const { model } = this;
    try {
      const [, rooms] = await Promise.all([this.#readStatus(), this.rpc.call("rooms")]);
      model.rooms = new Map(rooms.map((room) => [room.room, this.news.named(room)]));
    } catch {
      return; // The connection is gone again; the next one reads.
    }
    const first = !model.ready;
    model.ready = true;
    for (const room of [...model.timelines.keys()]) if (room !== model.current) model.timelines.delete(room);
    if (model.current && !model.rooms.has(model.current)) model.current = null;
    model.touch("rooms", "current", "me", "connection", "timeline", "composer");
    if (first || !model.current) this.onready?.();
    else await this.#readCurrentAgain();
    this.outbox.resume();
  }

  async #readCurrentAgain() {
    const { model } = this;
    const { current, timeline } = model;
    this.loadPeople(current);
    const around = timeline.newer ? model.visible?.() : null;
    const params = { room: current, limit: Math.min(LONGEST_PAGE, Math.max(PAGE, timeline.messages.length)), ...(around ? { around } : {}) };
    const read = await timeline.replace(this.rpc.call("history", params).catch(() => null));
    if (!read || model.current !== current) return;
    this.reading.loaded();
    model.touch("timeline");
  }

  async #readStatus() {
    const { model } = this;
    const status = await this.rpc.call("status");
    model.me = { name: status.name, author: status.author, fingerprint: status.fingerprint };
    model.status = { peers: status.peers, missing: status.missing, version: status.version };
    model.touch("me", "connection");
  }
}
