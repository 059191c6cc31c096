// Is it what the kiosk takes? The schema, the rules between fields, and what holds a bundle together;
// every fault at once, each with its place in the file.

import { bundle as checkBundle, profile as checkProfile } from "sternway:validators";

import { SCHEMA } from "./data.js";
import { nameKey } from "./names.js";
import { UNSOUND, broken } from "./rules.js";
import { Refused, parse } from "./strict.js";

/**
 * @typedef {{path: string, id: string, values: Record<string, any>}} Fault
 *   `path` is as the kiosk writes it, "" the file itself; `id` leads to the words (words.js)
 * @typedef {{kind: "profile" | "bundle" | null, data: any, faults: Fault[]}} Judgement
 */

/** Judge a file. Never throws. @param {Uint8Array} content @returns {Judgement} */
export function judge(content) {
  let data = null;
  try {
    data = parse(content);
    const kind = kindOf(data);
    const faults = kind === "bundle" ? faultsOfBundle(data) : faultsOfProfile(data);
    return { kind, data, faults };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: null, data: null, faults: [{ path: "", id: error.id, values: error.values }] };
  }
}

/** @param {any} data one profile as JSON @returns {Fault[]} */
export function faultsOfProfile(data) {
  const faults = checkProfile(data) ? [] : fromSchema(checkProfile.errors);
  return [...faults, ...ruleFaults(data, faults, "")];
}

/** @param {any} data @returns {Fault[]} */
function faultsOfBundle(data) {
  const faults = checkBundle(data) ? [] : fromSchema(checkBundle.errors);
  const places = new Set(faults.map((fault) => fault.path));
  if (places.has("profiles") || !Array.isArray(data.profiles)) return faults;
  // Each fault goes to its profile once: a thousand profiles stay quick.
  const own = data.profiles.map(() => /** @type {Fault[]} */ ([]));
  for (const fault of faults) {
    const index = /^profiles\[(\d+)\]/.exec(fault.path)?.[1];
    if (index) own[Number(index)].push(fault);
  }
  const ruled = data.profiles.flatMap((one, i) => ruleFaults(one, own[i], `profiles[${i}].`));
  return [...faults, ...ruled, ...twins(data.profiles, places)];
}

/**
 * The codes, and the first names with the same PIN, that stand in a bundle twice.
 * @param {any[]} profiles
 * @param {Set<string>} [unsound] places that have a fault of their own
 * @returns {Fault[]}
 */
export function twins(profiles, unsound = new Set()) {
  const found = [];
  const codes = new Map();
  const people = new Map();
  const isSound = (i, key) => !unsound.has(`profiles[${i}]`) && !unsound.has(`profiles[${i}].${key}`);
  profiles.forEach((one, i) => {
    if (isSound(i, "code") && typeof one?.code === "string") {
      const first = codes.get(one.code);
      if (first !== undefined) {
        const values = { number: first + 1 };
        found.push({ path: `profiles[${i}].code`, id: "twin-code", values });
        return;
      }
      codes.set(one.code, i);
    }
    if (!isSound(i, "display_name") || !isSound(i, "pin")) return;
    if (typeof one?.display_name !== "string" || typeof one?.pin !== "string") return;
    const person = `${one.pin} ${nameKey(one.display_name)}`;
    const first = people.get(person);
    if (first === undefined) people.set(person, i);
    else found.push({ path: `profiles[${i}].pin`, id: "twin-pin", values: { number: first + 1 } });
  });
  return found;
}

function kindOf(data) {
  if (data === null || typeof data !== "object" || Array.isArray(data)) {
    throw new Refused("no-profile");
  }
  const said = Object.hasOwn(data, "sternway") ? data.sternway : null;
  if (said !== "profile" && said !== "bundle") throw new Refused("no-profile");
  // To the kiosk, true is 1 here: that it is no number is for the schema to say.
  const isOther = typeof data.schema === "boolean" ? !data.schema : data.schema !== 1;
  if (Object.hasOwn(data, "schema") && isOther) throw new Refused("other-schema");
  return said;
}

/**
 * The validator's errors as faults, one at each place. That something optional is not null either
 * says nothing more.
 */
function fromSchema(errors) {
  const found = new Map();
  for (const { instancePath, keyword, params } of errors) {
    if (keyword === "anyOf" || (keyword === "type" && params.type === "null")) continue;
    let path = pathOf(instancePath);
    let id = keyword === "type" ? "kind" : "value";
    if (keyword === "required") {
      path = joined(path, params.missingProperty);
      id = "missing";
    } else if (keyword === "additionalProperties") {
      path = joined(path, params.additionalProperty);
      id = "unknown";
    }
    if (!found.has(path)) found.set(path, { path, id, values: {} });
  }
  return [...found.values()];
}

/** /plan/steps/0/min -> plan.steps[0].min */
function pathOf(pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : joined(path, part)), "");
}

const joined = (path, key) => (path ? `${path}.${key}` : key);

function ruleFaults(data, faults, prefix) {
  if (data === null || typeof data !== "object" || Array.isArray(data)) return [];
  const places = new Set(faults.map((fault) => fault.path.slice(prefix.length)));
  const tree = soundOf(data, SCHEMA.$defs.Profile, "", places);
  return broken(tree).map((fault) => ({ ...fault, path: prefix + fault.path }));
}

/** The value with UNSOUND for what is faulty, and the defaults of what was left out. */
function soundOf(value, schema, path, faulty) {
  if (path && faulty.has(path)) return UNSOUND;
  const known = resolved(schema);
  if (known.type === "array") {
    return Array.isArray(value)
      ? value.map((item, i) => soundOf(item, known.items, `${path}[${i}]`, faulty))
      : value;
  }
  if (known.type !== "object" || value === null || typeof value !== "object") return value;
  /** @type {Record<string, any>} */
  const sound = {};
  for (const [key, inner] of Object.entries(known.properties)) {
    const place = joined(path, key);
    if (Object.hasOwn(value, key)) sound[key] = soundOf(value[key], inner, place, faulty);
    else sound[key] = faulty.has(place) ? UNSOUND : inner.default;
  }
  return sound;
}

/** What a schema leads to; of something optional, what it is when it is there. @param {any} schema */
export function resolved(schema) {
  if (schema.$ref) return resolved(SCHEMA.$defs[schema.$ref.split("/").at(-1)]);
  return schema.anyOf ? resolved(schema.anyOf[0]) : schema;
}

/** The schema at a place in a profile, or of a bundle's list. @param {string} path @returns {any} */
export function schemaAt(path) {
  if (path === "profiles") return SCHEMA.$defs.Bundle.properties.profiles;
  let found = SCHEMA.$defs.Profile;
  for (const key of path.replace(/\[\d+\]/g, ".[]").split(".")) {
    const inner = resolved(found);
    found = key === "[]" ? inner.items : inner.properties?.[key];
    if (!found) return {};
  }
  return found.$ref || found.anyOf ? { ...resolved(found), ...found } : found;
}
