// Makes elements. A string is only ever a text node or the value of an attribute, never markup.

/** An element: `h("p", { class: "quiet", onclick: f }, "text", child)`. Children that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...present(children));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value ?? "";
  else element.setAttribute(name, value === true ? "" : String(value));
}

function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false);
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...present(children));
  return element;
}

/** A button with an icon; its label is read out and shown as a tooltip. */
export function iconButton(icon, label, onclick, { class: name = "", ...attributes } = {}) {
  return h("button", { type: "button", class: `icon-button ${name}`, "aria-label": label, title: label, onclick, ...attributes }, icon);
}

/** A button with words on it. */
export function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", class: "button", onclick, ...attributes }, text);
}

/**
 * Makes the children of `container` those of `items`, `{ key, stamp, make }` each, in order. An element is made anew only when
 * its stamp is another; the others stay where they are, with focus and selection.
 */
export function reconcile(container, items, kept) {
  const focused = [...kept].find(([, entry]) => entry.element.contains(document.activeElement))?.[0];
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, entry] of kept) {
    if (wanted.has(key)) continue;
    entry.element.remove();
    kept.delete(key);
  }
  let place = container.firstChild;
  for (const item of items) {
    let entry = kept.get(item.key);
    if (!entry || entry.stamp !== item.stamp) {
      const element = item.make();
      if (entry) {
        if (place === entry.element) place = element;
        entry.element.replaceWith(element);
      }
      entry = { element, stamp: item.stamp };
      kept.set(item.key, entry);
    }
    if (entry.element === place) place = place.nextSibling;
    else container.insertBefore(entry.element, place);
  }
  const again = focused === undefined ? null : kept.get(focused)?.element;
  if (again && !again.contains(document.activeElement)) again.focus({ preventScroll: true });
}
