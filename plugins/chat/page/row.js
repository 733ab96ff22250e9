// One message as a row: who, when, what, what others think of it, how far it has come.

import { avatar, tint } from "./avatar.js";
import { button, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { isOnlyEmoji, shownName, visible, visibleLine, withLinks } from "./text.js";
import { clockTime, fullTime, writtenAt } from "./times.js";
import { clockWarning, deliveryOf } from "./truth.js";

const LONG_LINES = 20;
const LONG_TEXT = 1800;
// What somebody does rather than says, as people of IRC type it.
const ACTION = "/me ";

/** The row of a message; `first` in its group, `lit` when it was jumped to. */
export function messageRow(message, { first, lit }, actions) {
  if (message.kind === "topic") return topicRow(message, lit);
  const row = h("article", {
    class: classes(message, first, lit), "data-id": message.id, tabindex: "-1", "aria-label": spoken(message),
  });
  tint(row, message.author);
  row.append(first ? personButton(message, actions) : h("time", { class: "row-time" }, clockTime(writtenAt(message))));
  const body = h("div", { class: "row-body" });
  if (first) body.append(head(message, actions));
  if (message.reply) body.append(quote(message.reply, actions));
  body.append(content(message));
  if (message.reactions.length > 0 && !message.deleted) body.append(reactions(message, actions));
  row.append(body, delivery(message));
  // Most rows are never pointed at: they have no buttons until then.
  const equip = () => row.querySelector(":scope > .tools") ?? row.append(toolbar(message, actions));
  row.addEventListener("pointerenter", equip, { once: true });
  row.addEventListener("focusin", equip, { once: true });
  return row;
}

function classes(message, first, lit) {
  const names = ["row"];
  if (first) names.push("first");
  if (message.mention) names.push("mentions");
  if (message.self) names.push("own");
  if (message.muted) names.push("muted");
  if (lit) names.push("lit");
  return names.join(" ");
}

function spoken(message) {
  const who = message.kind === "dchat" ? "a neighbour" : shownName(message.name);
  const which = message.same_name ? `, fingerprint ${message.fingerprint}` : "";
  const words = message.deleted ? "deleted" : visible(message.text);
  return `${who}${which}, ${clockTime(writtenAt(message))}: ${words}${message.edited ? ", edited" : ""}${message.self ? `. ${deliveryOf(message).text}` : ""}`;
}

function personButton(message, actions) {
  if (!message.author) return h("span", { class: "avatar-anonymous", "aria-hidden": "true" }, icon("wire"));
  return h("button", {
    type: "button", class: "avatar-button", tabindex: "-1", "aria-label": `About ${shownName(message.name)}`,
    onclick: (event) => actions.person(message.author, event.currentTarget, message),
  }, avatar(message.author));
}

function head(message, actions) {
  const line = h("header", { class: "row-head" });
  if (message.author) {
    line.append(h("button", { type: "button", class: "author", tabindex: "-1", onclick: (event) => actions.person(message.author, event.currentTarget, message) },
      h("bdi", {}, shownName(message.name))));
    if (message.same_name) {
      line.append(h("span", { class: "fingerprint same-name", title: "Somebody else uses the same name: only the fingerprint tells who it is" }, message.fingerprint));
    }
  } else {
    line.append(h("span", { class: "author anonymous" }, message.self ? "you" : "a neighbour"));
  }
  line.append(h("time", { datetime: isoOf(writtenAt(message)), title: fullTime(writtenAt(message)) }, clockTime(writtenAt(message))));
  const warning = clockWarning(message);
  if (warning) line.append(h("span", { class: "clock-warning", role: "img", title: warning, "aria-label": warning }, icon("clock"), message.clock === "ahead" ? "clock ahead" : "clock behind"));
  if (message.muted) line.append(h("span", { class: "tag" }, "muted"));
  return line;
}

function isoOf(ms) {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

function quote(reply, actions) {
  const known = reply.known && !reply.deleted && reply.text !== "";
  const words = known ? visibleLine(reply.text) : reply.known ? "a deleted message" : "a message that is not here";
  return h("button", {
    type: "button", class: `quote${known ? "" : " lost"}`, tabindex: "-1", disabled: !reply.known,
    title: reply.known ? "Go to that message" : "It has not been received", onclick: () => actions.goTo(reply.id),
    "aria-label": `In answer to ${reply.name ? shownName(reply.name) : "somebody"}: ${words}`,
  }, reply.name && h("bdi", { class: "quote-name" }, shownName(reply.name)), h("span", { class: "quote-text", dir: "auto" }, words));
}

function content(message) {
  if (message.deleted) return h("p", { class: "text gone" }, "This message was deleted.");
  const text = visible(message.text);
  const isAction = text.startsWith(ACTION);
  const kind = isAction ? " action" : isOnlyEmoji(text) ? " emoji" : "";
  const shown = h("div", { class: `text${kind}`, dir: "auto" },
    ...(isAction ? [h("bdi", { class: "author" }, shownName(message.name)), " ", ...withLinks(text.slice(ACTION.length))] : withLinks(text)));
  if (message.edited) shown.append(" ", h("span", { class: "edited" }, "(edited)"));
  if (text.length <= LONG_TEXT && text.split("\n", LONG_LINES + 1).length <= LONG_LINES) return shown;
  shown.classList.add("folded");
  const open = button("Show all of it", () => {
    shown.classList.remove("folded");
    open.remove();
  }, { class: "button small unfold", tabindex: "-1" });
  return h("div", {}, shown, open);
}

function reactions(message, actions) {
  const list = h("div", { class: "reactions" });
  for (const reaction of message.reactions) {
    const emoji = visibleLine(reaction.emoji);
    const names = reaction.names.map((name) => shownName(name)).join(", ");
    list.append(h("button", {
      type: "button", class: `reaction${reaction.self ? " own" : ""}`, tabindex: "-1", "aria-pressed": String(Boolean(reaction.self)),
      title: names, "aria-label": `${emoji}, ${reaction.count}: ${names}`, onclick: () => actions.react(message, reaction.emoji),
    }, h("bdi", { class: "reaction-emoji" }, emoji), h("span", {}, String(reaction.count))));
  }
  list.append(iconButton(icon("react"), "Add a reaction", (event) => actions.pickReaction(message, event.currentTarget), { class: "reaction add", tabindex: "-1" }));
  return list;
}

function delivery(message) {
  if (!message.self || message.deleted) return h("span", { class: "delivery" });
  const { icon: name, text } = deliveryOf(message);
  return h("span", { class: `delivery ${name}`, role: "img", title: text, "aria-label": text }, icon(name));
}

function toolbar(message, actions) {
  const tools = h("div", { class: "tools", role: "toolbar", "aria-label": "What to do with this message" });
  if (message.deleted) return tools;
  const tool = (name, label, run) => tools.append(iconButton(icon(name), label, run, { class: "tool", tabindex: "-1" }));
  if (message.kind === "text") {
    tool("react", "React", (event) => actions.pickReaction(message, event.currentTarget));
    tool("reply", "Reply", () => actions.reply(message));
    if (message.self) tool("edit", "Edit", () => actions.edit(message));
  }
  tool("more", "More", (event) => actions.messageMenu(message, event.currentTarget));
  return tools;
}

function topicRow(message, lit) {
  const text = visibleLine(message.text);
  const row = h("article", { class: `row topic-row${lit ? " lit" : ""}`, "data-id": message.id, tabindex: "-1" }, icon("topic"),
    h("span", {}, h("bdi", { class: "author" }, shownName(message.name)), text ? " set the topic: " : " removed the topic", text && h("q", { dir: "auto" }, text)),
    h("time", { title: fullTime(writtenAt(message)) }, clockTime(writtenAt(message))));
  return tint(row, message.author);
}

const WAITING = { queued: "Waiting for the node", handing: "Handing it to the node", unsure: "The connection broke: checking whether the node has it", refused: "Not sent" };

/** The row of something typed that isn't in the history yet. */
export function outboxRow(entry, me, actions) {
  const why = entry.why || WAITING[entry.state];
  const row = h("article", { class: `row first own waiting ${entry.state}`, tabindex: "-1", "aria-label": `${shownName(me.name)}: ${entry.text}. ${why}` },
    h("span", { class: "avatar-button" }, avatar(me.author)));
  tint(row, me.author);
  const body = h("div", { class: "row-body" }, h("header", { class: "row-head" }, h("bdi", { class: "author" }, shownName(me.name)), h("span", { class: "waiting-why" }, why)),
    h("div", { class: "text", dir: "auto" }, visible(entry.text)));
  if (entry.state === "refused") {
    body.append(h("div", { class: "retry" }, button("Send again", () => actions.retry(entry), { class: "button small" }), button("Discard", () => actions.discard(entry), { class: "button small" })));
  }
  row.append(body, h("span", { class: "delivery clock" }, icon(entry.state === "refused" ? "warning" : "clock")));
  return row;
}
