// Bytes -> JSON, as strictly as the kiosk reads it: UTF-8, no key twice, no number that is none, not
// deeper than a profile ever is, not over its size.

import { SCHEMA } from "./data.js";

export const MOST_BYTES = SCHEMA["x-sternway-max-bytes"];
const MOST_DEPTH = 16;

/** Why a file is no JSON as we take it; `id` leads to the words. */
export class Refused extends Error {
  /** @param {string} id @param {Record<string, string | number>} [values] */
  constructor(id, values = {}) {
    super(id);
    this.id = id;
    this.values = values;
  }
}

/**
 * @param {Uint8Array} content
 * @returns {any} Throws {@link Refused}.
 */
export function parse(content) {
  if (content.length > MOST_BYTES) throw new Refused("too-big");
  const text = decoded(content);
  const { deepest, twice } = looked(text);
  if (deepest > MOST_DEPTH) throw new Refused("too-deep");
  const value = parsed(text);
  if (twice.length) throw new Refused("twice", { key: twice[0].slice(0, 40) });
  checkLeaves(value);
  return value;
}

function decoded(content) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content); // takes a BOM away
  } catch {
    throw new Refused("not-utf8");
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused("not-json");
  }
}

/**
 * How deep a text goes, and which keys stand twice in one object. JSON.parse tells neither, and it
 * alone judges whether the text is JSON at all: until it has, the keys found here mean nothing.
 * @param {string} text
 */
function looked(text) {
  /** @type {(Set<string> | null)[]} a set of keys for each open object, null for a list */
  const open = [];
  /** @type {string[]} */
  const twice = [];
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      const end = endOfText(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) note(text.slice(at, end), keys, twice);
      at = end - 1;
    } else if (char === "{" || char === "[") {
      open.push(char === "{" ? new Set() : null);
      deepest = Math.max(deepest, open.length);
      if (deepest > MOST_DEPTH) break;
    } else if (char === "}" || char === "]") {
      open.pop();
    }
  }
  return { deepest, twice };
}

function endOfText(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text, end) {
  let at = end;
  while (" \t\n\r".includes(text[at] ?? "x")) at += 1;
  return text[at] === ":";
}

function note(quoted, keys, twice) {
  let key = quoted;
  try {
    key = JSON.parse(quoted); // "\u0061" is the key "a" too
  } catch {
    return; // JSON.parse will refuse the whole
  }
  if (keys.has(key)) twice.push(key);
  keys.add(key);
}

function checkLeaves(value) {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Refused("huge-number");
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new Refused("half-character");
  if (value === null || typeof value !== "object") return;
  for (const [key, item] of Object.entries(value)) {
    checkLeaves(key);
    checkLeaves(item);
  }
}
