// Things that open beside a button: menus and cards. Escape, a click elsewhere and Tab close them.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const MARGIN = 8;
let open = null;

/** Whether something is open. */
export function isOpen() {
  return open !== null;
}

/** Closes what is open; the focus goes back to where it was. */
export function closePopover() {
  if (!open) return;
  const { element, anchor, back } = open;
  open = null;
  removeEventListener("pointerdown", outside, true);
  removeEventListener("resize", closePopover);
  const inside = element.contains(document.activeElement) || document.activeElement === document.body;
  element.remove();
  anchor?.removeAttribute?.("aria-expanded");
  if (inside) (back?.isConnected ? back : document.getElementById("composer-text"))?.focus();
}

/** Shows `content` beside `anchor`. */
export function openPopover(anchor, content, { label, role = "dialog", wide = false } = {}) {
  closePopover();
  const element = h("div", { class: `popover${wide ? " wide" : ""}`, role, "aria-label": label, tabindex: "-1", onkeydown: keys }, content);
  open = { element, anchor, back: document.activeElement };
  document.body.append(element);
  anchor?.setAttribute?.("aria-expanded", "true");
  place(element, anchor);
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", closePopover);
  (element.querySelector("[autofocus], button, input") ?? element).focus();
  return element;
}

/** A menu: `{ icon, text, run, danger }` each; null ones are left out. */
export function openMenu(anchor, items, label) {
  const list = h("div", { class: "menu" }, items.filter(Boolean).map((item) => h("button", {
    type: "button", role: "menuitem", class: `menu-item${item.danger ? " danger" : ""}`,
    onclick: () => {
      closePopover();
      item.run();
    },
  }, icon(item.icon), h("span", {}, item.text), item.key && h("kbd", {}, item.key))));
  return openPopover(anchor, list, { label, role: "menu" });
}

function place(element, anchor) {
  const box = element.getBoundingClientRect();
  const near = anchor?.getBoundingClientRect() ?? { left: innerWidth / 2, right: innerWidth / 2, top: innerHeight / 2, bottom: innerHeight / 2 };
  const below = near.bottom + 4 + box.height <= innerHeight - MARGIN;
  const top = below ? near.bottom + 4 : Math.max(MARGIN, near.top - 4 - box.height);
  const left = near.left + box.width <= innerWidth - MARGIN ? near.left : near.right - box.width;
  element.style.top = `${Math.min(top, Math.max(MARGIN, innerHeight - box.height - MARGIN))}px`;
  element.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - box.width - MARGIN))}px`;
}

function outside(event) {
  if (!open || open.element.contains(event.target)) return;
  // The button that opened it closes it too, and does not open it again with the same click.
  if (open.anchor?.contains?.(event.target)) {
    event.preventDefault();
    addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true });
  }
  closePopover();
}

function keys(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape" || (event.key === "Tab" && event.currentTarget.getAttribute("role") === "menu")) {
    event.preventDefault();
    event.stopPropagation();
    closePopover();
  } else if (step && event.target.tagName !== "INPUT") {
    const all = [...event.currentTarget.querySelectorAll("button:not([disabled])")];
    const at = all.indexOf(document.activeElement);
    event.preventDefault();
    all[(at + step + all.length) % all.length]?.focus();
  }
}
