// The language of the page. A text is its own key: English stands in the code, the others in
// locales/*.json. `t` and `N` take one whole literal, so that a test finds them all.

import { LOCALES } from "./data.js";

/** By their own names; English is the text itself. @type {[string, string][]} */
export const LANGUAGES = [
  ["en", "English"],
  ["es", "Español"],
  ["de", "Deutsch"],
  ["fr", "Français"],
];

let chosen = preferred();

/** The first of the browser's languages that the page speaks. */
function preferred() {
  const wanted = navigator.languages ?? [navigator.language];
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase());
  return known.find((tag) => LANGUAGES.some(([code]) => code === tag)) ?? "en";
}

/** @returns {string} en, es, de or fr */
export const language = () => chosen;

/** @param {string} code */
export function speak(code) {
  chosen = code;
  document.documentElement.lang = code;
}

/** Marks a text that is translated elsewhere, by `t` of a variable. @param {string} text */
export const N = (text) => text;

/**
 * @param {string} text English, whole
 * @param {Record<string, string | number>} [values] for its {braces}; numbers as the language has
 *   them
 * @returns {string}
 */
export function t(text, values = {}) {
  const said = LOCALES[chosen]?.[text] ?? text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** @param {number} value @param {number} [least] decimals at least @returns {string} */
export function number(value, least = 0) {
  return new Intl.NumberFormat(chosen, {
    maximumFractionDigits: 6,
    minimumFractionDigits: least,
    useGrouping: false,
  }).format(value);
}

/** @param {string} day like 2026-11-22 @returns {string} with the month's name */
export function longDay(day) {
  const format = new Intl.DateTimeFormat(chosen, { dateStyle: "long", timeZone: "UTC" });
  return format.format(new Date(`${day}T00:00:00Z`));
}
