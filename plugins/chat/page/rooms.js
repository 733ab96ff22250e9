// The dialogs about rooms: joining one, its topic, how long it is kept, leaving it.

import { askText, confirm, form } from "./dialog.js";
import { h } from "./dom.js";
import { shownName } from "./text.js";

/** Asks for a name, and a passphrase for a private room. */
export function openJoin(session, opened, name = "#") {
  const field = h("input", { class: "field", id: "join-name", type: "text", value: name, autofocus: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: "64" });
  const secret = h("input", { class: "field", id: "join-passphrase", type: "password", autocomplete: "off" });
  const show = h("input", { type: "checkbox", onchange: () => (secret.type = show.checked ? "text" : "password") });
  const passphrase = h("div", { class: "labelled", hidden: true }, h("label", { for: "join-passphrase" }, "Passphrase"), secret, h("label", { class: "check" }, show, "Show it"),
    h("p", { class: "quiet" }, "Everybody with the same name and passphrase is in the same room; what is written there is encrypted with a key made from them. A wrong passphrase is not noticed: it leads to another room, where nobody is."));
  const isPrivate = h("input", { type: "checkbox", id: "join-private", onchange: () => (passphrase.hidden = !isPrivate.checked) });
  form("Join a room", "Join", [
    h("label", { class: "labelled" }, "Name", field),
    h("label", { class: "check" }, isPrivate, "A private room, with a passphrase"),
    passphrase,
  ], async () => {
    const typed = field.value.trim().toLowerCase();
    const full = typed.startsWith("#") ? typed : `#${typed}`;
    if (full.length < 2) throw new Error("A room needs a name.");
    if (/[\s,]/.test(full)) throw new Error("A room's name has no spaces and no commas.");
    if (isPrivate.checked && secret.value === "") throw new Error("A private room needs a passphrase.");
    const room = await session.join(full, isPrivate.checked ? secret.value : null);
    opened(room.room);
  });
  field.setSelectionRange(field.value.length, field.value.length);
}

export function openTopic(session, room) {
  askText("Topic", { label: `Topic of ${shownName(room.name)}`, value: room.topic, yes: "Set the topic", longest: 512, hint: "Everybody in the room sees it, and who set it." },
    (text) => session.rpc.call("topic", { room: room.room, text }));
}

export function openKeep(session, room) {
  const most = Math.round(room.keep.bytes / 2 ** 20);
  askText("How long it is kept", { label: `Days that this node keeps ${shownName(room.name)}`, value: String(room.keep.days), yes: "Keep it so long", longest: 5, hint: `What is older is removed from this node at once, and can't be brought back. Other nodes keep it as long as their people like. Of more than ${most} MiB the oldest goes as well.` },
    async (text) => {
      if (!/^[1-9][0-9]*$/.test(text)) throw new Error("Days are a number, from 1 on.");
      await session.keep(room.room, Number(text));
    });
}

export async function askLeave(session, room) {
  const text = "Its history is removed from this node. Who else has it keeps it, and it comes back when you join again, as far as peers still have it.";
  if (await confirm(`Leave ${shownName(room.name)}?`, text, "Leave")) session.leave(room.room);
}
