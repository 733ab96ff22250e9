// Search in this room or in all: what is found leads into the history around it.

import { avatar } from "./avatar.js";
import { button, h } from "./dom.js";
import { excerpt, shownName, withMarks } from "./text.js";
import { briefTime, fullTime, writtenAt } from "./times.js";

const WAIT = 200;

export class SearchPanel {
  title = "Search";
  #timer = 0;
  #run = 0;

  constructor(model, session, actions) {
    this.model = model;
    this.session = session;
    this.actions = actions;
    this.field = h("input", { type: "search", class: "field", id: "search-text", placeholder: "Words to find", "aria-label": "Words to find", autocomplete: "off", dir: "auto",
      oninput: () => this.#soon(), onkeydown: (event) => this.#fieldKeys(event) });
    this.everywhere = h("input", { type: "checkbox", id: "search-everywhere", onchange: () => this.#start() });
    this.state = h("p", { class: "quiet search-state", role: "status" });
    this.results = h("ol", { class: "results", id: "search-results", onkeydown: (event) => this.#resultKeys(event) });
    this.moreButton = button("Older results", () => this.#more(), { class: "button small", hidden: true });
    this.element = h("div", { class: "panel-body search" }, this.field, h("label", { class: "check" }, this.everywhere, "In all rooms"), this.state, this.results, this.moreButton);
    model.on(["current"], () => this.model.panel === "search" && !this.everywhere.checked && this.#start());
  }

  opened() {
    this.field.focus();
    this.field.select();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), WAIT);
  }

  #start() {
    this.found = [];
    this.#read();
  }

  #more() {
    this.#read(this.found[this.found.length - 1]?.cursor);
  }

  async #read(before) {
    const query = this.field.value.trim();
    const run = ++this.#run;
    if (query === "") return this.#show(query, false);
    const room = this.everywhere.checked ? {} : { room: this.model.current };
    const answer = await this.session.ask("search", { query, ...room, ...(before ? { before } : {}), limit: 50 }, "The search failed");
    // Another one was begun meanwhile.
    if (run !== this.#run || !answer) return;
    this.found = [...this.found, ...answer.messages];
    this.#show(query, answer.more);
  }

  #show(query, more) {
    this.moreButton.hidden = !more;
    const { length } = this.found;
    this.state.textContent = query === "" ? "All the words have to be in a message." : length === 0 ? "Nothing was found." : `${length}${more ? " or more" : ""} found, the newest first`;
    this.results.replaceChildren(...this.found.map((message) => this.#result(message, query)));
  }

  #result(message, query) {
    const room = this.model.rooms.get(message.room);
    return h("li", {}, h("button", { type: "button", class: "result", "data-id": message.id, onclick: () => this.actions.goTo(message.id, message.room) },
      h("span", { class: "result-head" }, avatar(message.author ?? message.room), h("bdi", { class: "author" }, shownName(message.name, "a neighbour")),
        this.everywhere.checked && room && h("span", { class: "tag" }, h("bdi", {}, shownName(room.name))),
        h("time", { title: fullTime(writtenAt(message)) }, briefTime(writtenAt(message)))),
      h("span", { class: "result-text", dir: "auto" }, ...withMarks(excerpt(message.text, query), query))));
  }

  #fieldKeys(event) {
    const first = this.results.querySelector("button");
    if (event.key === "ArrowDown" && first) first.focus();
    else if (event.key === "Enter") this.#start();
    else return;
    event.preventDefault();
  }

  #resultKeys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const all = [...this.results.querySelectorAll("button")];
    const next = all[all.indexOf(document.activeElement) + step];
    (next ?? (step < 0 ? this.field : null))?.focus();
    event.preventDefault();
  }
}
