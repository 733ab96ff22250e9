// Short notices that go by themselves: what failed, what was done.

import { h } from "./dom.js";

const LASTS = 6_000;

/** Says something. */
export function notice(text) {
  const toast = h("div", { class: "toast" }, text);
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), LASTS);
}

/** Says that something failed, and why. */
export function failed(doing, error) {
  notice(`${doing}: ${error.message}`);
}
