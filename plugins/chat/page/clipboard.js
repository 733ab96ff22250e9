// Copies text, also where the browser gives a page no clipboard.

import { h } from "./dom.js";
import { notice } from "./toasts.js";

export async function copy(text, what) {
  notice((await written(text)) ? `${what} was copied.` : `${what} could not be copied.`);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Outside of a secure context, or refused: the old way needs a field with a selection.
    const field = h("textarea", { class: "unseen", "aria-hidden": "true", value: text });
    const host = document.querySelector("dialog[open]") ?? document.body;
    host.append(field);
    const back = document.activeElement;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    back?.focus?.();
    return done;
  }
}
