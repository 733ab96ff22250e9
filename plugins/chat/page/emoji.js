// A small choice of emoji for reactions.

import { button, h } from "./dom.js";
import { closePopover, openPopover } from "./popover.js";

const EMOJI = [
  ["👍", "thumbs up yes good"], ["❤️", "heart love"], ["😂", "tears of joy laugh"], ["🎉", "party tada"], ["👀", "eyes look"], ["🙏", "thanks please"],
  ["✅", "check done"], ["🚀", "rocket ship"], ["👎", "thumbs down no"], ["😊", "smile"], ["😅", "sweat smile"], ["🤔", "thinking"],
  ["😮", "surprised wow"], ["😢", "crying sad"], ["😡", "angry"], ["😍", "heart eyes"], ["😎", "cool sunglasses"], ["🥳", "celebrate"],
  ["🤝", "handshake agreed"], ["👏", "clap"], ["💪", "strong muscle"], ["🙌", "hands raised"], ["👋", "wave hello"], ["🤷", "shrug"],
  ["💡", "idea light bulb"], ["🔥", "fire hot"], ["⭐", "star"], ["💯", "hundred"], ["❓", "question"], ["❗", "exclamation"],
  ["⚠️", "warning"], ["🐛", "bug"], ["🔧", "wrench fix"], ["📌", "pin"], ["📝", "note write"], ["🔒", "lock"],
  ["🌱", "seedling plant"], ["☕", "coffee"], ["🍰", "cake"], ["🌍", "earth world"], ["🌙", "moon night"], ["☀️", "sun"],
  ["🐢", "turtle slow"], ["🐝", "bee"], ["🐙", "octopus"], ["🦀", "crab rust"], ["❌", "cross no"], ["➕", "plus one"],
];
// As long as the node lets a reaction be.
const LONGEST = 32;

/** Shows the choice beside `anchor`; `chosen` gets the emoji. */
export function openEmoji(anchor, chosen) {
  const grid = h("div", { class: "emoji-grid", onkeydown: (event) => rowKeys(event, grid) });
  const choose = (emoji) => {
    closePopover();
    chosen(emoji);
  };
  const show = (words) => {
    const found = EMOJI.filter(([emoji, names]) => words === "" || names.includes(words) || emoji === words);
    grid.replaceChildren(...found.map(([emoji, names]) => button(emoji, () => choose(emoji), { class: "emoji-choice", title: names, "aria-label": names })));
    if (found.length === 0 && isEmoji(words)) grid.append(button(words, () => choose(words), { class: "emoji-choice" }));
    else if (found.length === 0) grid.append(h("p", { class: "quiet" }, "None by that name. An emoji can be typed here, too."));
  };
  const field = h("input", {
    type: "text", class: "field", placeholder: "Find, or type an emoji", "aria-label": "Find an emoji", maxlength: LONGEST, autocomplete: "off",
    oninput: () => show(field.value.trim().toLowerCase()),
    onkeydown: (event) => {
      const first = grid.querySelector("button");
      if (event.key === "Enter" && first) first.click();
      else if (event.key === "ArrowDown" && first) first.focus();
      else return;
      event.preventDefault();
    },
  });
  show("");
  openPopover(anchor, h("div", { class: "emoji" }, field, grid), { label: "Choose a reaction" });
  grid.querySelector("button")?.focus();
}

function isEmoji(text) {
  return /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text);
}

/** Up and down go a row, left and right one choice. */
function rowKeys(event, grid) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const all = [...grid.querySelectorAll("button")];
  const width = all.filter((choice) => choice.offsetTop === all[0].offsetTop).length;
  const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? width : -width);
  if (at >= 0) all[Math.min(at, all.length - 1)]?.focus();
  else grid.parentElement.querySelector("input").focus();
  event.preventDefault();
  event.stopPropagation();
}
