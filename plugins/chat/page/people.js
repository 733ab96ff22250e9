// The people of a room: who they are by their fingerprints, and what one can do with them.

import { avatar, tint } from "./avatar.js";
import { h, reconcile } from "./dom.js";
import { copy } from "./clipboard.js";
import { closePopover, openPopover } from "./popover.js";
import { icon } from "./icons.js";
import { shownName } from "./text.js";
import { ago, fullTime } from "./times.js";

export class PeoplePanel {
  title = "People";
  #kept = new Map();

  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.list = h("ul", { class: "people" });
    this.note = h("p", { class: "quiet" }, "Names are labels that anybody may choose. The fingerprint, and the colour and figure, are made from the key and tell who is who.");
    this.element = h("div", { class: "panel-body" }, this.list, this.note);
    model.on(["people", "current"], () => this.#show());
  }

  opened() {
    this.actions.loadPeople();
    this.#show();
    this.list.querySelector("button")?.focus();
  }

  #show() {
    if (this.model.panel !== "people") return;
    const people = this.model.people.get(this.model.current) ?? [];
    const order = (person) => (person.self ? 0 : person.blocked ? 2 : 1);
    const sorted = [...people].sort((a, b) => order(a) - order(b) || b.last - a.last);
    reconcile(this.list, sorted.map((person) => ({
      key: person.author, stamp: [person.name, person.muted, person.blocked, person.same_name, ago(person.last)].join("|"), make: () => this.#person(person),
    })), this.#kept);
  }

  #person(person) {
    const tags = [person.self && "you", person.muted && "muted", person.blocked && "blocked"].filter(Boolean);
    const item = h("button", { type: "button", class: `person${person.blocked ? " blocked" : ""}`, onclick: (event) => this.actions.person(person.author, event.currentTarget) },
      avatar(person.author),
      h("span", { class: "person-words" },
        h("span", { class: "person-line" }, h("bdi", { class: "author" }, shownName(person.name)), ...tags.map((tag) => h("span", { class: "tag" }, tag)),
          person.same_name && h("span", { class: "tag warn", title: "Somebody else uses the same name" }, "same name")),
        h("span", { class: "fingerprint" }, person.fingerprint)),
      h("span", { class: "quiet person-last", title: fullTime(person.last) }, person.self ? "" : ago(person.last)));
    return h("li", {}, tint(item, person.author));
  }
}

/** The card of one person, beside `anchor`. */
export function openPerson(person, anchor, actions) {
  const act = (name, words, run, danger = false) => h("button", {
    type: "button", class: `menu-item${danger ? " danger" : ""}`,
    onclick: () => {
      closePopover();
      run();
    },
  }, icon(name), h("span", {}, words));
  const names = person.names.map((name) => shownName(name)).filter((name, index, all) => name !== shownName(person.name) && all.indexOf(name) === index);
  const card = h("div", { class: "card" },
    h("div", { class: "card-head" }, avatar(person.author), h("div", {}, h("bdi", { class: "author" }, shownName(person.name)), h("span", { class: "fingerprint" }, person.fingerprint))),
    person.same_name && h("p", { class: "card-warning" }, icon("warning"), "Somebody else uses this name. Compare the fingerprint with what this person told you in another way."),
    names.length > 0 && h("p", { class: "quiet" }, "Also called ", ...names.slice(0, 5).flatMap((name, index) => [index > 0 && ", ", h("bdi", {}, name)])),
    h("div", { class: "menu" },
      act("copy", "Copy the fingerprint", () => copy(person.fingerprint, "The fingerprint")),
      !person.self && act("direct", "Direct message", () => actions.direct(person.author)),
      !person.self && act("mute", person.muted ? "Unmute" : "Mute: counts as read, shown faintly", () => actions.mark("mute", person.author, !person.muted)),
      !person.self && act("block", person.blocked ? "Unblock" : "Block: shown nowhere", () => actions.mark("block", person.author, !person.blocked), !person.blocked)));
  openPopover(anchor, tint(card, person.author), { label: `About ${shownName(person.name)}`, wide: true });
}
