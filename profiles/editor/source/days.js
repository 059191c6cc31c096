// Days as texts like 2026-11-22. A day is a date of the calendar, without a clock or a zone.

const DAY_MS = 86_400_000;
const FORM = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Whether a text is a day from the year 1 to 9999, as the kiosk takes one. @param {string} text */
export function isDay(text) {
  const found = FORM.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number);
  return year > 0 && month > 0 && month < 13 && day > 0 && day <= lastOf(year, month);
}

/** Today where the person is. @returns {string} */
export function today() {
  const now = new Date();
  return textOf(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
}

/** @param {string} day @param {number} count @returns {string} the day so many days later */
export function later(day, count) {
  return textOf(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS);
}

/** @param {string} from @param {string} to @returns {number} days from one to the other */
export function between(from, to) {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS;
}

function lastOf(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

function textOf(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}
