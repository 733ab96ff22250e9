// The strip above the messages: shown when what is seen is not the whole truth.

import { button, h } from "./dom.js";

export class Banner {
  #tick = 0;

  constructor(model, rpc) {
    this.model = model;
    this.rpc = rpc;
    this.words = h("span", { class: "banner-text" });
    this.retry = button("Try now", () => rpc.reconnect(), { class: "button small" });
    this.element = h("div", { class: "banner", role: "status", hidden: true }, h("span", { class: "dot" }), this.words, this.retry);
    model.on(["connection", "room", "rooms", "current"], () => this.#show());
  }

  #show() {
    clearTimeout(this.#tick);
    const { connection, ready, status } = this.model;
    const waiting = connection.name === "waiting";
    // The first moments of connecting say nothing: most of the time they're over before one has read it.
    const offline = waiting || (connection.name === "connecting" && ready);
    const alone = !offline && ready && status.peers === 0;
    this.element.hidden = !offline && !alone;
    this.element.className = `banner ${offline ? "offline" : "alone"}`;
    this.retry.hidden = !offline;
    if (offline) {
      const seconds = waiting ? Math.max(0, Math.ceil((connection.until - Date.now()) / 1000)) : 0;
      const soon = seconds > 0 ? `trying again in ${seconds} s` : "trying again";
      this.words.textContent = `The node cannot be reached: ${soon}. What is shown is as of before, what you send waits here.`;
      this.#tick = setTimeout(() => this.#show(), 1000);
    } else if (alone) {
      this.words.textContent = "The node has no peers: what you send stays pending until one is found.";
    }
  }
}
