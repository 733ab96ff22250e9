// What the buttons and keys do.

import { copy } from "./clipboard.js";
import { confirm, openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { openEmoji } from "./emoji.js";
import { COMMAND, messageKey, openShortcuts } from "./keys.js";
import { openPerson } from "./people.js";
import { openMenu } from "./popover.js";
import { askLeave, openJoin, openKeep, openTopic } from "./rooms.js";
import { openSettings } from "./settings.js";
import { openSwitcher } from "./switcher.js";
import { shownName, visibleLine } from "./text.js";
import { notice } from "./toasts.js";
import { connectionLine, factsOf, roomLine } from "./truth.js";

const LAST_ROOM = "backplane.chat.room";
const MOST_ASKED = 20;

export class Actions {
  commandKey = COMMAND;
  views = null;

  constructor(model, session) {
    this.model = model;
    this.session = session;
    // Views pass these on without the object.
    for (const name of ["shortcuts", "toEnd", "escape"]) this[name] = this[name].bind(this);
  }

  // Going somewhere.

  async open(room, around = null) {
    this.drawer(false);
    const address = `#${room}${around ? `/${around}` : ""}`;
    if (location.hash !== address) history.pushState(null, "", address);
    remember(room);
    await this.session.open(room, around);
    // A keyboard on the screen would cover what was opened.
    if (!around && !matchMedia("(pointer: coarse)").matches) this.focusField();
  }

  /** Opens what the address names, else the room of the last time, else the first. */
  openFromAddress() {
    const [room, around] = location.hash.slice(1).split("/");
    const { rooms } = this.model;
    const known = [room, remembered()].find((id) => rooms.has(id)) ?? this.views.sidebar.ordered()[0]?.room;
    if (!known) return this.model.touch("current", "rooms");
    if (known === this.model.current && !around) return;
    this.open(known, known === room ? (around ?? null) : null);
  }

  goTo(id, room = this.model.current) {
    if (matchMedia("(max-width: 900px)").matches) this.panel(null);
    return this.open(room, id);
  }

  neighbour(step, unread) {
    const rooms = this.views.sidebar.ordered();
    const at = rooms.findIndex((room) => room.room === this.model.current);
    for (let i = 1; i <= rooms.length; i++) {
      const next = rooms[(at + step * i + rooms.length * i) % rooms.length];
      if (!unread || next.unread > 0) return this.open(next.room);
    }
  }

  toEnd() {
    this.session.toEnd();
  }

  direct(author) {
    return this.session.direct(author).then((room) => room && this.open(room));
  }

  // Parts of the page.

  drawer(open) {
    document.getElementById("app").classList.toggle("with-drawer", open);
    document.getElementById("scrim").hidden = !open;
    if (open) document.querySelector(".room.current, .room")?.focus();
  }

  panel(name) {
    const { model } = this;
    model.panel = name === model.panel && name !== "search" ? null : name;
    model.touch("panel");
    if (!model.panel) this.focusField();
  }

  escape() {
    const app = document.getElementById("app");
    if (app.classList.contains("with-drawer")) this.drawer(false);
    else if (this.model.panel) this.panel(null);
    else {
      this.model.divider = null;
      this.toEnd();
      this.focusField();
    }
  }

  nextRegion(step) {
    const { composer, messages } = this.views;
    const regions = [
      [document.getElementById("sidebar"), () => document.querySelector(".room.current, .room")?.focus()],
      [messages.element, () => this.focusMessage(0)],
      [composer.element, () => composer.focus()],
      [document.getElementById("panel"), () => document.querySelector("#panel input, #panel .person, #panel button")?.focus()],
    ].filter(([element]) => !element.hidden);
    const at = regions.findIndex(([element]) => element.contains(document.activeElement));
    regions[(at + step + regions.length) % regions.length]?.[1]();
  }

  focusField() {
    this.views.composer.focus();
  }

  theme() {
    const dark = getComputedStyle(document.documentElement).getPropertyValue("color-scheme").trim();
    const isDark = dark === "dark" || (dark !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    window.chatTheme.choose(isDark ? "light" : "dark");
  }

  switcher() {
    openSwitcher(this.model, this);
  }

  shortcuts() {
    openShortcuts();
  }

  settings() {
    openSettings(this.model, this.session);
  }

  join(name) {
    openJoin(this.session, (room) => this.open(room), name);
  }

  connection() {
    const { model } = this;
    const facts = [["Node", connectionLine(model).detail]];
    if (model.room) facts.push([shownName(model.room.name), roomLine(model.room).detail]);
    facts.push(["Version", model.status.version]);
    openDialog("Connection", [factList(facts)], { class: "small" });
  }

  roomMenu(anchor) {
    const { room } = this.model;
    openMenu(anchor, [
      room.kind !== "direct" && room.kind !== "dchat" && { icon: "topic", text: "Set the topic", run: () => openTopic(this.session, room) },
      { icon: "search", text: "Search here", run: () => this.panel("search") },
      room.kind !== "dchat" && { icon: "people", text: "People", run: () => this.panel("people") },
      { icon: "copy", text: "Copy the name", run: () => copy(room.name, "The name") },
      { icon: "clock", text: "How long it is kept", run: () => openKeep(this.session, room) },
      room.kind !== "dchat" && { icon: "leave", text: "Leave the room", danger: true, run: () => askLeave(this.session, room) },
    ], "Room menu");
  }

  // People.

  loadPeople() {
    return this.session.loadPeople();
  }

  /** The card of a person, who may be known from a message only. */
  person(author, anchor, message = null) {
    const person = this.model.people.get(this.model.current)?.find((one) => one.author === author);
    if (person) openPerson(person, anchor, this);
    else if (message) openPerson({ names: [], blocked: false, ...message }, anchor, this);
  }

  mark(kind, author, on) {
    return this.session.mark(kind, author, on);
  }

  // Messages.

  react(message, emoji) {
    return this.session.react(message, emoji);
  }

  pickReaction(message, anchor) {
    openEmoji(anchor, (emoji) => this.react(message, emoji));
  }

  reply(message) {
    this.views.composer.reply(message);
  }

  edit(message) {
    this.views.composer.edit(message);
  }

  editLast() {
    const last = this.model.timeline.messages.slice(-MOST_ASKED).findLast((message) => message.self && !message.deleted && message.kind === "text");
    if (last) this.edit(last);
  }

  async delete(message) {
    const text = "It disappears here and for everybody whose node hears of it. What somebody has read or copied can't be taken back.";
    if (await confirm("Delete this message?", text, "Delete")) await this.session.delete(message.id);
  }

  copyText(message) {
    return copy(message.text, "The text");
  }

  info(message) {
    openDialog("About this message", [h("blockquote", { dir: "auto" }, visibleLine(message.text).slice(0, 200) || "(deleted)"), factList(factsOf(message))], { class: "facts-dialog" });
  }

  messageMenu(message, anchor) {
    const speaks = message.kind === "text" && !message.deleted;
    const mine = speaks && message.self;
    openMenu(anchor, [
      speaks && { icon: "react", text: "React", key: "+", run: () => this.pickReaction(message, anchor) },
      speaks && { icon: "reply", text: "Reply", key: "R", run: () => this.reply(message) },
      mine && { icon: "edit", text: "Edit", key: "E", run: () => this.edit(message) },
      !message.deleted && { icon: "copy", text: "Copy the text", key: "C", run: () => this.copyText(message) },
      { icon: "info", text: "What is known about it", key: "I", run: () => this.info(message) },
      mine && { icon: "delete", text: "Delete", key: "Del", danger: true, run: () => this.delete(message) },
    ], "What to do with this message");
  }

  retry(entry) {
    this.session.outbox.retry(entry);
  }

  discard(entry) {
    this.session.outbox.discard(entry);
    if (this.model.current === entry.room && this.model.draft.text === "") {
      Object.assign(this.model.draft, { text: entry.text });
      this.model.touch("composer");
      notice("The text is back in the field.");
    }
  }

  messageKeys(event) {
    const { messages } = this.views;
    const row = document.activeElement?.closest?.(".row");
    const run = messageKey(event, messages.focused(), this, row);
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }

  /** Moves the focus among the messages: 0 to the one it was at, or the lowest one seen. */
  focusMessage(step) {
    const { scroller, rows } = this.views.messages;
    const all = [...rows.querySelectorAll(".row")];
    const at = all.indexOf(document.activeElement?.closest?.(".row"));
    const next = at < 0 ? scroller.lowest() : all[at + step];
    if (next) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if (step > 0) this.focusField();
  }
}

function factList(facts) {
  return h("dl", { class: "facts" }, facts.map(([word, meaning]) => h("div", {}, h("dt", {}, h("bdi", {}, word)), h("dd", {}, meaning))));
}

function remember(room) {
  try {
    localStorage.setItem(LAST_ROOM, room);
  } catch {
    // Next time begins with the first room.
  }
}

function remembered() {
  try {
    return localStorage.getItem(LAST_ROOM);
  } catch {
    return null;
  }
}
