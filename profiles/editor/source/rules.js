// The rules between fields, applied as the head of profiles/rules.py says. They are the schema's own
// data; nothing of them is written here.

import { SCHEMA } from "./data.js";

/** Stands for a value with a fault of its own: no rule judges it. */
export const UNSOUND = Symbol("unsound");

/**
 * @typedef {{id: string, at: string, left: string, op: "<=" | ">=" | "xor",
 *   right: string | number, say: string}} Rule
 * @type {Rule[]}
 */
export const RULES = SCHEMA["x-sternway-rules"];

const FACTS = SCHEMA["x-sternway-programs"];

/**
 * @param {any} tree a profile with its defaults, and UNSOUND for what is not sound
 * @returns {{path: string, id: string, values: {left: any, right: any}}[]} the broken rules
 */
export function broken(tree) {
  const found = [];
  for (const rule of RULES) {
    for (const [index, left, right] of pairs(rule, tree)) {
      if (holds(rule.op, left, right)) continue;
      found.push({ path: rule.at.replace("*", index), id: rule.id, values: { left, right } });
    }
  }
  return found;
}

function holds(op, left, right) {
  if (op === "xor") return (left == null) !== (right == null);
  if (left == null || right == null) return true;
  return op === "<=" ? left <= right : left >= right;
}

/** The values to compare, each with the step's index ("" without one). */
function pairs(rule, tree) {
  const left = valuesAt(rule.left, tree);
  const right = valuesAt(rule.right, tree);
  return [...left]
    .map(([index, value]) => [index, value, right.has(index) ? right.get(index) : right.get("")])
    .filter(([, one, other]) => one !== UNSOUND && other !== UNSOUND);
}

/** @returns {Map<string, any>} the value at a place, or one for each step */
function valuesAt(place, tree) {
  if (typeof place !== "string") return new Map([["", place]]);
  const summed = /^sum\((.*)\)$/.exec(place);
  if (summed) return new Map([["", sum(valuesAt(summed[1], tree))]]);
  if (place.startsWith("program.")) {
    const chosen = at(tree, "plan.program");
    const known = typeof chosen === "string" && Object.hasOwn(FACTS, chosen) ? FACTS[chosen] : {};
    return new Map([["", known[place.slice("program.".length)]]]);
  }
  const [path, rest] = place.split("[*].");
  const found = at(tree, path);
  if (!rest || !Array.isArray(found)) return new Map([["", found]]);
  return new Map(found.map((item, index) => [String(index), at(item, rest)]));
}

function sum(each) {
  const values = [...each.values()];
  if (values.includes(UNSOUND)) return UNSOUND;
  if (each.has("")) return undefined;
  return Math.round(values.reduce((one, other) => one + other, 0) * 1e6) / 1e6;
}

function at(tree, path) {
  let found = tree;
  for (const key of path.split(".")) {
    if (found === UNSOUND || found == null) return found;
    found = found[key];
  }
  return found;
}
