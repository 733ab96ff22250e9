// What was typed, until it is in a history: handed to the node once, again after a refusal that passes, never twice unasked.

import { Disconnected } from "./rpc.js";

// One second more than the node's clock and ours can be read apart.
const SLACK = 2_000;
const SLOW_DOWN = 5;

/** An entry's state: "queued" (no node yet), "handing" (asked the node), "unsure" (the connection broke), "refused". */
export class Outbox {
  #next = 1;

  constructor(model, rpc) {
    this.model = model;
    this.rpc = rpc;
  }

  send(room, text, reply) {
    const entry = { key: `out-${this.#next++}`, room, text, reply, at: Date.now(), state: "queued", why: "" };
    this.model.outbox = [...this.model.outbox, entry];
    this.#hand(entry);
    return entry;
  }

  retry(entry) {
    this.#update(entry, { state: "queued", why: "" });
    this.#hand(entry);
  }

  discard(entry) {
    this.model.outbox = this.model.outbox.filter((held) => held.key !== entry.key);
    this.model.touch("timeline");
  }

  /** Goes on when there is a connection again: what the node has is dropped, what it never got is handed over. */
  async resume() {
    for (const entry of [...this.model.outbox]) {
      // One with an id is in the node's history, whether we heard of it or not.
      if (entry.id || (entry.state === "unsure" && (await this.#isThere(entry)))) this.discard(entry);
      else if (entry.state === "unsure") this.#update(entry, { state: "refused", why: "The connection broke while it was being sent." });
      else if (entry.state === "queued") await this.#hand(entry);
    }
  }

  /** A message of our own came from the node: the entry it was is done. */
  arrived(message) {
    if (!message.self) return;
    const entry = this.model.outbox.find((held) => held.room === message.room && this.#same(held, message));
    if (entry) this.discard(entry);
  }

  async #hand(entry) {
    this.model.touch("timeline");
    if (!this.rpc.open) return;
    this.#update(entry, { state: "handing" });
    const params = { room: entry.room, text: entry.text, ...(entry.reply ? { reply: entry.reply.id } : {}) };
    try {
      const sent = await this.rpc.call("send", params);
      this.#update(entry, { id: sent?.id ?? null });
      // In #dchat there's no id; anywhere else the event brings the message, whose entry goes with it.
      if (!sent?.id || this.model.timelineOf(entry.room).has(sent.id)) this.discard(entry);
    } catch (error) {
      this.#failed(entry, error);
    }
  }

  #failed(entry, error) {
    if (error instanceof Disconnected) this.#update(entry, { state: error.unsent ? "queued" : "unsure" });
    else if (error.code === SLOW_DOWN) this.#later(entry, Math.max(1, Number(error.data?.seconds ?? error.data) || 1));
    else this.#update(entry, { state: "refused", why: error.message });
  }

  #later(entry, seconds) {
    this.#update(entry, { state: "queued", why: `Slowed down by the node: again in ${Math.ceil(seconds)} s.` });
    setTimeout(() => {
      const waits = entry.state === "queued" && this.model.outbox.some((held) => held.key === entry.key);
      if (waits) this.retry(entry);
    }, seconds * 1000);
  }

  async #isThere(entry) {
    const page = await this.rpc.call("history", { room: entry.room, limit: 50 }).catch(() => null);
    return page?.messages.some((message) => message.self && this.#same(entry, message)) ?? false;
  }

  #same(entry, message) {
    if (entry.id) return entry.id === message.id;
    return message.text === entry.text && message.time >= entry.at - SLACK;
  }

  #update(entry, change) {
    Object.assign(entry, change);
    this.model.outbox = [...this.model.outbox];
    this.model.touch("timeline");
  }
}
