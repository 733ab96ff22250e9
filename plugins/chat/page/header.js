// The head of the open room: its name, topic and state, and what can be done with it.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { roomSign } from "./sidebar.js";
import { shownName, visibleLine, withLinks } from "./text.js";
import { roomLine } from "./truth.js";

export class Header {
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.title = h("div", { class: "room-title" });
    this.state = h("button", { type: "button", class: "chip", id: "room-state", onclick: () => actions.connection() });
    this.people = h("button", { type: "button", class: "chip plain", id: "people-open", onclick: () => actions.panel("people") });
    this.element = h("header", { class: "room-head" },
      iconButton(icon("menu"), "Rooms", () => actions.drawer(true), { class: "only-narrow", id: "drawer-open" }),
      this.title, this.state, this.people,
      iconButton(icon("search"), "Search", () => actions.panel("search"), { id: "search-open" }),
      iconButton(icon("more"), "Room menu", (event) => actions.roomMenu(event.currentTarget), { id: "room-menu-open", "aria-haspopup": "menu" }));
    model.on(["current", "room", "rooms"], () => this.#show());
    model.on(["panel"], () => this.#pressed());
  }

  #show() {
    const { room } = this.model;
    this.element.hidden = !room;
    if (!room) return;
    const name = shownName(room.name);
    const topic = visibleLine(room.topic);
    const signature = [room.room, name, topic, room.kind].join("|");
    if (signature !== this.signature) {
      this.signature = signature;
      this.title.replaceChildren(roomSign(room), h("h1", { id: "room-name" }, h("bdi", {}, name.replace(/^[#@]/, ""))), this.#topic(room, topic));
    }
    const line = roomLine(room);
    this.state.className = `chip ${line.mood}`;
    this.state.title = line.detail;
    this.state.setAttribute("aria-label", `State of the room: ${line.text}. ${line.detail}`);
    this.state.replaceChildren(h("span", { class: "dot" }), h("span", { class: "chip-text" }, line.text));
    this.people.hidden = room.kind === "dchat";
    this.people.setAttribute("aria-label", `People: ${room.people}`);
    this.people.title = "People who wrote here";
    this.people.replaceChildren(icon("people"), String(room.people));
    this.#pressed();
  }

  #topic(room, topic) {
    if (room.kind === "dchat") return h("p", { class: "topic" }, "Lines of direct neighbours: unsigned, unencrypted, not kept by others");
    if (!topic) return "";
    return h("p", { class: "topic", title: topic, dir: "auto", id: "topic" }, ...withLinks(topic));
  }

  #pressed() {
    for (const [id, name] of [["people-open", "people"], ["search-open", "search"]]) {
      document.getElementById(id)?.setAttribute("aria-pressed", String(this.model.panel === name));
    }
  }
}
