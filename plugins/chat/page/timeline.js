// The messages of one room that are held just now: one stretch of its history, in order, without holes of our making.

// More than fill a screen several times, few enough to lay out at once.
const MOST = 400;
const SLACK = 100;

/** Below, at or above zero as `a` is before, at or after `b` in the history. */
export function compareCursors(a, b) {
  if (a === b) return 0;
  const left = a.split(/[^0-9a-f]+/i);
  const right = b.split(/[^0-9a-f]+/i);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i].length !== right[i].length) return left[i].length - right[i].length;
    if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return left.length - right.length;
}

export class Timeline {
  messages = [];
  /** Whether the node has older messages, and newer ones, than these. */
  older = true;
  newer = false;
  loaded = false;
  /** How many pages are on their way, and what came meanwhile: they may have been read before that. */
  #reads = 0;
  #meanwhile = [];

  get first() {
    return this.messages[0];
  }

  get last() {
    return this.messages[this.messages.length - 1];
  }

  /** Whether a page is on its way that takes this stretch's place. */
  get isRead() {
    return this.#reads > 0;
  }

  has(id) {
    return this.messages.some((message) => message.id === id);
  }

  find(id) {
    return this.messages.find((message) => message.id === id);
  }

  /** Another stretch takes this one's place when it has come; null, when it doesn't, changes nothing. */
  async replace(reading) {
    this.#reads++;
    const page = await reading;
    this.#reads--;
    const meanwhile = this.#meanwhile;
    if (this.#reads === 0) this.#meanwhile = [];
    if (!page) return false;
    this.messages = page.messages;
    this.older = page.older;
    this.newer = page.newer;
    this.loaded = true;
    for (const take of meanwhile) take();
    return true;
  }

  /** Puts an older page before, and lets go of the newest messages when there are too many. */
  prepend(page) {
    this.messages = [...page.messages.filter((message) => !this.has(message.id)), ...this.messages];
    this.older = page.older;
    this.trimNewer();
  }

  /** Puts a newer page after, and lets go of the oldest messages when there are too many. */
  append(page) {
    this.messages = [...this.messages, ...page.messages.filter((message) => !this.has(message.id))];
    this.newer = page.newer;
    this.trimOlder();
  }

  /** After single messages came: lets go of those at the end where nobody looks, some at a time. */
  trim(reading) {
    if (this.messages.length <= MOST + SLACK) return;
    if (reading) this.trimNewer();
    else this.trimOlder();
  }

  trimOlder() {
    if (this.messages.length <= MOST) return;
    this.messages = this.messages.slice(-MOST);
    this.older = true;
  }

  trimNewer() {
    if (this.messages.length <= MOST) return;
    this.messages = this.messages.slice(0, MOST);
    this.newer = true;
  }

  /** Takes a message in where it belongs; false when that is outside of this stretch. */
  insert(message) {
    if (this.#reads > 0) this.#meanwhile.push(() => this.#insert(message));
    return this.loaded && this.#insert(message);
  }

  #insert(message) {
    if (this.#change(message)) return true;
    let at = this.messages.length;
    while (at > 0 && compareCursors(this.messages[at - 1].cursor, message.cursor) > 0) at--;
    if (at === this.messages.length && this.newer) return false;
    if (at === 0 && this.older && this.messages.length > 0) return false;
    this.messages = this.messages.toSpliced(at, 0, message);
    return true;
  }

  /** Puts a message in the place of its older self; quotations of it change with it. False when it isn't here. */
  change(message) {
    if (this.#reads > 0) this.#meanwhile.push(() => this.#change(message));
    return this.#change(message);
  }

  #change(message) {
    let here = false;
    this.messages = this.messages.map((held) => {
      if (held.id === message.id) {
        here = true;
        return message;
      }
      if (held.reply?.id !== message.id) return held;
      const text = message.deleted ? "" : message.text.slice(0, 200);
      return { ...held, reply: { id: message.id, name: message.name, text, known: true, deleted: message.deleted } };
    });
    return here;
  }
}
