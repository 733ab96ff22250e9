// Name, identity and looks.

import { avatar, tint } from "./avatar.js";
import { copy } from "./clipboard.js";
import { confirm, openDialog } from "./dialog.js";
import { button, h } from "./dom.js";
import { shownName } from "./text.js";
import { failed, notice } from "./toasts.js";

export function openSettings(model, session) {
  openDialog("Settings", [nameSection(model, session), themeSection(), identitySection(model, session)], { id: "settings" });
}

function section(title, ...children) {
  return h("section", { class: "settings-section" }, h("h3", {}, title), ...children);
}

function nameSection(model, session) {
  const field = h("input", { class: "field", id: "settings-name", type: "text", value: model.me.name, maxlength: "64", dir: "auto", autocomplete: "off", "aria-label": "Your name" });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const save = async (event) => {
    event.preventDefault();
    try {
      model.me.name = await session.rpc.call("name", [field.value.trim()]);
      wrong.textContent = "";
      model.touch("me");
      notice(`You are now called ${shownName(model.me.name)}.`);
    } catch (error) {
      wrong.textContent = error.message;
    }
  };
  return section("Name", h("form", { class: "line", onsubmit: save }, field, button("Change", null, { type: "submit" })), wrong,
    h("p", { class: "quiet" }, "It goes with what you write from now on. Others may choose the same one; your fingerprint tells you apart."));
}

function themeSection() {
  const choices = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];
  const now = window.chatTheme.choice();
  return section("Looks", h("div", { class: "choices", role: "radiogroup", "aria-label": "Light or dark" }, choices.map(([value, words]) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "theme", value, checked: value === now, onchange: () => window.chatTheme.choose(value) }), words))));
}

function identitySection(model, session) {
  const { me } = model;
  const place = h("div", {});
  return section("Identity",
    tint(h("div", { class: "identity" }, avatar(me.author), h("div", {}, h("span", { class: "fingerprint large", id: "settings-fingerprint" }, me.fingerprint), h("span", { class: "author-key", title: "The public key" }, me.author))), me.author),
    h("p", { class: "quiet" }, "Whoever has the key can write in your name and read your direct messages. Export it to keep it safe, or to use it on another node."),
    h("div", { class: "line" }, button("Copy fingerprint", () => copy(me.fingerprint, "The fingerprint")), button("Export…", () => showExport(session, place), { id: "identity-export" }), button("Import…", () => showImport(session, place), { id: "identity-import" })),
    place);
}

async function showExport(session, place) {
  const text = await session.ask("identity", ["export"], "The key could not be exported");
  if (text === null) return;
  const field = h("textarea", { class: "field key-text", id: "identity-text", rows: "3", readonly: true, spellcheck: "false", "aria-label": "Your key, secret", value: text, onfocus: () => field.select() });
  place.replaceChildren(h("p", { class: "wrong" }, "This is secret. Show it to nobody."), field, h("div", { class: "line" }, button("Copy", () => copy(text, "The key")), button("Hide", () => place.replaceChildren())));
  field.focus();
}

function showImport(session, place) {
  const field = h("textarea", { class: "field key-text", id: "identity-text", rows: "3", spellcheck: "false", autocomplete: "off", "aria-label": "An exported key", placeholder: "backplane-identity-1:…" });
  const take = async () => {
    const sure = await confirm("Replace your identity?", "The key that is used now is lost unless you have exported it.", "Replace it");
    if (!sure) return;
    try {
      const now = await session.rpc.call("identity", ["import", field.value.trim()]);
      notice(`You are now ${now.fingerprint}.`);
      document.getElementById("settings")?.close();
      session.refresh();
    } catch (error) {
      failed("The key could not be imported", error);
    }
  };
  place.replaceChildren(field, h("div", { class: "line" }, button("Import", take, { class: "button danger" }), button("Cancel", () => place.replaceChildren())));
  field.focus();
}
