// Keeps the place in the list of messages: what one reads stays where it is, whatever comes above or below it.

// So near to an end that it counts as there.
const AT_END = 48;
const NEAR = 900;

export class Scroller {
  #pinned = true;

  constructor(element, rows, { onnear, onplace }) {
    this.element = element;
    this.rows = rows;
    this.onnear = onnear;
    this.onplace = onplace;
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // Another width or a keyboard on the screen changes heights: the end stays the end.
    new ResizeObserver(() => this.#pinned && this.toEnd()).observe(element);
    new ResizeObserver(() => this.#pinned && this.toEnd()).observe(rows);
  }

  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < AT_END;
  }

  /** Changes the rows by `change`; the row at the top of the screen stays where it is, or the end stays the end. */
  keep(change, pinnable) {
    const pinned = pinnable && this.#pinned;
    const before = pinned ? null : this.#anchors();
    change();
    if (pinned) this.toEnd();
    else if (before) this.#return(before);
    this.#pinned = pinnable && this.atEnd;
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.#pinned = true;
  }

  /** Brings a row to a part of the height of the screen. */
  show(row, part) {
    const box = this.element.getBoundingClientRect();
    this.element.scrollTop += row.getBoundingClientRect().top - box.top - box.height * part;
    this.#pinned = this.atEnd;
  }

  /** The lowest row that is whole on the screen, or at least begun. */
  lowest() {
    const bottom = this.element.getBoundingClientRect().bottom + 1;
    const rows = this.rows.children;
    for (let i = rows.length - 1; i >= 0; i--) {
      const box = rows[i].getBoundingClientRect();
      if (rows[i].dataset.id && box.height > 0 && (box.bottom <= bottom || box.top < bottom - 40)) return rows[i];
    }
    return null;
  }

  /** The row in the middle of the screen. */
  middle() {
    const box = this.element.getBoundingClientRect();
    const y = box.top + box.height / 2;
    return [...this.rows.children].find((row) => row.dataset.id && row.getBoundingClientRect().bottom > y) ?? null;
  }

  /** Asks for more when an end is near, and says where one is. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    if (scrollTop < NEAR) this.onnear("older");
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.onnear("newer");
    this.onplace();
  }

  #scrolled() {
    this.#pinned = this.atEnd;
    this.look();
  }

  /** The rows on the screen with where they are, the highest first: one of them is there afterwards, too. */
  #anchors() {
    const { top: edge, bottom: end } = this.element.getBoundingClientRect();
    const anchors = [];
    for (const row of this.rows.children) {
      const box = row.getBoundingClientRect();
      if (box.top > end) break;
      if (row.dataset.id && box.bottom > edge) anchors.push({ id: row.dataset.id, bottom: box.bottom });
    }
    return anchors;
  }

  #return(anchors) {
    const rows = new Map([...this.rows.children].map((row) => [row.dataset.id, row]));
    // Rows are made anew when they change: it is the message that stays where it is, the end of it, since a name may go from above it.
    const anchor = anchors.find(({ id }) => rows.has(id));
    if (anchor) this.element.scrollTop += rows.get(anchor.id).getBoundingClientRect().bottom - anchor.bottom;
  }
}
