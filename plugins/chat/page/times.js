// Times as people read them, in the language of the browser.

const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DAY = 86_400_000;
// What the format of dates can express.
const LATEST = 8.64e15;

function date(ms) {
  return new Date(Math.min(Math.max(Number(ms) || 0, 0), LATEST));
}

export function clockTime(ms) {
  return time.format(date(ms));
}

export function fullTime(ms) {
  return full.format(date(ms));
}

/** When a message counts as written: by its author's clock, unless that is known to be wrong. */
export function writtenAt(message) {
  return message.clock ? message.received : message.time;
}

/** A key that is the same for all times of one day. */
export function dayKey(ms) {
  const at = date(ms);
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

/** The heading of a day. */
export function dayName(ms, now = Date.now()) {
  if (dayKey(ms) === dayKey(now)) return "Today";
  if (dayKey(ms) === dayKey(now - DAY)) return "Yesterday";
  return date(ms).getFullYear() === date(now).getFullYear() ? day.format(date(ms)) : dayOfYear.format(date(ms));
}

/** The time today, the day before that. */
export function briefTime(ms, now = Date.now()) {
  return dayKey(ms) === dayKey(now) ? clockTime(ms) : shortDay.format(date(ms));
}

/** How long ago, roughly: for lists of people. */
export function ago(ms, now = Date.now()) {
  const minutes = Math.max(0, Math.round((now - ms) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h ago`;
  return briefTime(ms, now);
}
