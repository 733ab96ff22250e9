// Completes the name of a person after an @.

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { shownName } from "./text.js";

const MOST = 6;

export class MentionList {
  #found = [];
  #at = 0;

  constructor(model, field, onchange) {
    this.model = model;
    this.field = field;
    this.onchange = onchange;
    this.element = h("div", { class: "mention-list", id: "mention-list", role: "listbox", "aria-label": "People", hidden: true });
    field.setAttribute("aria-controls", "mention-list");
  }

  close() {
    this.#found = [];
    this.#show();
  }

  /** Looks at what stands before the cursor. */
  update() {
    const typed = this.#typed();
    const people = this.model.people.get(this.model.current) ?? [];
    const names = new Map(people.filter((person) => !person.self && !person.blocked).map((person) => [shownName(person.name), person]));
    this.#found = typed === null ? [] : [...names.values()].filter((person) => shownName(person.name).toLowerCase().includes(typed.toLowerCase())).slice(0, MOST);
    this.#at = 0;
    this.#show();
  }

  /** Whether the key was for the list. */
  key(event) {
    if (this.#found.length === 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#at = (this.#at + step + this.#found.length) % this.#found.length;
    else if (event.key === "Tab" || event.key === "Enter") return this.#take(this.#found[this.#at], event);
    else if (event.key === "Escape") this.#found = [];
    else return false;
    event.preventDefault();
    event.stopPropagation();
    this.#show();
    return true;
  }

  #typed() {
    const { value, selectionStart } = this.field;
    return /(?:^|\s)@([^\s@]{0,40})$/u.exec(value.slice(0, selectionStart))?.[1] ?? null;
  }

  #take(person, event) {
    event.preventDefault();
    const typed = this.#typed() ?? "";
    const end = this.field.selectionStart;
    this.field.setRangeText(`@${shownName(person.name)} `, end - typed.length - 1, end, "end");
    this.close();
    this.onchange();
    return true;
  }

  #show() {
    this.element.hidden = this.#found.length === 0;
    this.field.setAttribute("aria-expanded", String(this.#found.length > 0));
    if (this.#found.length > 0) this.field.setAttribute("aria-activedescendant", `mention-${this.#at}`);
    else this.field.removeAttribute("aria-activedescendant");
    this.element.replaceChildren(...this.#found.map((person, index) => h("div", {
      class: "mention-item", role: "option", id: `mention-${index}`, "aria-selected": String(index === this.#at),
      onmousedown: (event) => this.#take(person, event),
    }, avatar(person.author), h("bdi", {}, shownName(person.name)), person.same_name && h("span", { class: "fingerprint" }, person.fingerprint))));
  }
}
