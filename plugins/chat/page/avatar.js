// A picture and a colour for a key: who takes another's name still has another picture.

import { svg } from "./dom.js";

const COLUMNS = 3;
const ROWS = 5;

/** Sixteen numbers of four bits from a key as text. */
function digits(key) {
  const found = [...String(key ?? "").toLowerCase()].filter((digit) => /[0-9a-f]/.test(digit)).map((digit) => parseInt(digit, 16));
  return Array.from({ length: 16 }, (_, index) => found[index] ?? 0);
}

/** The angle of the colour, of 24 that can be told apart. */
export function hue(key) {
  const d = digits(key);
  return ((d[0] * 16 + d[1]) % 24) * 15;
}

/** Colours everything in `element` that uses `--hue`. */
export function tint(element, key) {
  element.classList.add("tinted");
  element.style.setProperty("--hue", String(hue(key)));
  return element;
}

/** A figure of five by five cells that is the same on the left and on the right, as a face is. */
export function avatar(key) {
  const d = digits(key);
  const bits = d.slice(2, 7).reduce((all, digit) => all * 16 + digit, 0);
  let cells = "";
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      if (!((bits >> (row * COLUMNS + column)) & 1)) continue;
      cells += cell(column, row);
      if (column < 2) cells += cell(4 - column, row);
    }
  }
  const picture = svg("svg", { viewBox: "0 0 36 36", class: "avatar", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "avatar-ground", width: 36, height: 36, rx: 10 }), svg("path", { class: "avatar-cells", d: cells }));
  return tint(picture, key);
}

/** A square, which the style sheet's stroke makes round. */
function cell(column, row) {
  return `M${6 + column * 5} ${6 + row * 5}h4v4h-4z`;
}
