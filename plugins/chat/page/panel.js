// The place at the right side, which shows one panel at a time.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";

export class Panel {
  constructor(model, panels, actions) {
    this.model = model;
    this.panels = panels;
    this.element = document.getElementById("panel");
    this.heading = h("h2", {});
    this.body = h("div", { class: "panel-place" });
    this.element.append(h("header", { class: "panel-head" }, this.heading, iconButton(icon("close"), "Close the panel (Esc)", () => actions.panel(null), { id: "panel-close" })), this.body);
    model.on(["panel"], () => this.#show());
  }

  #show() {
    const panel = this.panels[this.model.panel];
    this.element.hidden = !panel;
    document.getElementById("app").classList.toggle("with-panel", Boolean(panel));
    if (!panel) return this.body.replaceChildren();
    this.heading.textContent = panel.title;
    this.element.setAttribute("aria-label", panel.title);
    if (this.body.firstChild !== panel.element) this.body.replaceChildren(panel.element);
    panel.opened();
  }
}
