// Dialogs over the page: the browser keeps the focus inside and closes them on Escape.

import { button, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";

/** Opens a dialog with these children; `close()` of what is returned ends it. */
export function openDialog(title, children, attributes = {}) {
  const { class: name = "", ...others } = attributes;
  const dialog = h("dialog", { class: `dialog ${name}`, "aria-label": title, ...others },
    h("header", { class: "dialog-head" }, h("h2", {}, title), iconButton(icon("close"), "Close", () => dialog.close())), ...children);
  const back = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser gave the focus back while what lies behind a dialog could not have a cursor yet: once more, then.
    if (dialogIsOpen() || !back?.isConnected) return;
    if (document.activeElement === back) back.blur();
    if (document.activeElement === document.body) back.focus();
  });
  // A click on the backdrop is one on the dialog itself, outside of its box.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  return dialog;
}

/** Whether a dialog is open. */
export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/** Asks for a yes; resolves with whether it was given. */
export function confirm(title, text, yes) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = openDialog(title, [h("p", {}, text), h("div", { class: "dialog-buttons" },
      button("Cancel", () => dialog.close()),
      button(yes, () => {
        answer = true;
        dialog.close();
      }, { class: "button danger", autofocus: true }))], { class: "small" });
    dialog.addEventListener("close", () => resolve(answer));
  });
}

/** Asks for one line of text; `save` gets it and may throw what is then shown. */
export function askText(title, { label, value, hint, yes, longest }, save) {
  const field = h("input", { class: "field", type: "text", value, autofocus: true, maxlength: longest, dir: "auto", autocomplete: "off", "aria-label": label });
  form(title, yes, [h("label", { class: "labelled" }, label, field), hint && h("p", { class: "quiet" }, hint)], () => save(field.value.trim()));
  field.select();
}

/** A dialog with fields, which stays open with the reason when `save` throws. */
export function form(title, yes, fields, save) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const sender = button(yes, null, { class: "button primary", type: "submit" });
  const body = h("form", {
    class: "dialog-form",
    onsubmit: async (event) => {
      event.preventDefault();
      sender.disabled = true;
      try {
        await save();
        dialog.close();
      } catch (error) {
        wrong.textContent = error.message;
        sender.disabled = false;
      }
    },
  }, ...fields.filter(Boolean), wrong, h("div", { class: "dialog-buttons" }, button("Cancel", () => dialog.close()), sender));
  const dialog = openDialog(title, [body]);
  return dialog;
}
