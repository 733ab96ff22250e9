// The field in which one writes: a new message, an answer, or another text for an old one.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { MentionList } from "./mentions.js";
import { bytes, shownName, visibleLine } from "./text.js";

const LONGEST = 8 * 1024;
const SAY_FROM = LONGEST - 1024;

export class Composer {
  #shown = null;

  constructor(model, session, actions) {
    this.model = model;
    this.session = session;
    this.actions = actions;
    this.field = h("textarea", {
      id: "composer-text", rows: "1", dir: "auto", autocomplete: "off", spellcheck: "true", "aria-describedby": "composer-hint",
      oninput: () => this.#typed(), onkeydown: (event) => this.#key(event),
    });
    this.mentions = new MentionList(model, this.field, () => this.#typed());
    this.about = h("div", { class: "composer-about", hidden: true });
    this.hint = h("span", { class: "composer-hint", id: "composer-hint", role: "status" });
    this.sender = iconButton(icon("send"), "Send", () => this.#send(), { class: "send", id: "send" });
    this.element = h("form", { class: "composer", onsubmit: (event) => event.preventDefault() }, this.mentions.element, this.about,
      h("div", { class: "composer-box" }, this.field, this.sender), this.hint);
    model.on(["current", "composer", "connection", "room"], () => this.#show());
  }

  focus() {
    this.field.focus();
  }

  #show() {
    const { room, draft } = this.model;
    this.element.hidden = !room;
    if (!room) return;
    const key = `${room.room} ${draft.edit?.id ?? ""}`;
    if (this.#shown !== key) {
      this.#shown = key;
      this.field.value = draft.text;
      this.mentions.close();
    }
    const name = shownName(room.name);
    this.field.placeholder = `Message ${name}`;
    this.field.setAttribute("aria-label", draft.edit ? "Change the message" : `Message ${name}`);
    this.#showAbout(draft);
    this.#measure();
  }

  #showAbout({ reply, edit }) {
    const message = edit ?? reply;
    this.about.hidden = !message;
    if (!message) return this.about.replaceChildren();
    const words = edit ? [h("strong", {}, "Editing your message")] : ["Replying to ", h("strong", {}, h("bdi", {}, shownName(message.name)))];
    this.about.replaceChildren(icon(edit ? "edit" : "reply"), h("span", { class: "about-words" }, ...words),
      h("span", { class: "about-text", dir: "auto" }, visibleLine(message.text)), iconButton(icon("close"), "Cancel (Esc)", () => this.cancel()));
  }

  #typed() {
    const { draft } = this.model;
    draft.text = this.field.value;
    this.mentions.update();
    this.#measure();
  }

  #measure() {
    // Where the style sheet can't grow the field with its text.
    if (!CSS.supports("field-sizing", "content")) {
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight}px`;
    }
    const length = bytes(this.field.value.trim());
    const over = length - LONGEST;
    this.sender.disabled = length === 0 || over > 0;
    if (over > 0) this.hint.textContent = `${over} bytes too long: a message has at most ${LONGEST} bytes.`;
    else this.hint.textContent = length > SAY_FROM ? `${-over} bytes left` : "";
    this.hint.classList.toggle("wrong", over > 0);
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.mentions.key(event)) return;
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && (this.model.draft.edit || this.model.draft.reply)) {
      event.preventDefault();
      event.stopPropagation();
      this.cancel();
    } else if (event.key === "ArrowUp" && plain && this.field.value === "") {
      event.preventDefault();
      this.actions.editLast();
    }
  }

  async #send() {
    const { draft, current } = this.model;
    const text = this.field.value.trim();
    if (text === "" || this.sender.disabled) return;
    const { reply, edit } = draft;
    if (edit && text !== edit.text && !(await this.session.edit(edit.id, text))) return;
    this.#put({ text: "", reply: null, edit: null }, draft);
    if (edit) return;
    this.session.outbox.send(current, text, reply);
    this.session.toEnd();
  }

  reply(message) {
    this.#put({ ...(this.model.draft.edit ? { text: "" } : {}), reply: message, edit: null });
    this.focus();
  }

  edit(message) {
    this.#put({ text: message.text, reply: null, edit: message });
    this.focus();
  }

  cancel() {
    const { edit } = this.model.draft;
    this.#put({ reply: null, edit: null, ...(edit ? { text: "" } : {}) });
    this.focus();
  }

  #put(change, draft = this.model.draft) {
    Object.assign(draft, change);
    this.#shown = null;
    this.#show();
  }
}
