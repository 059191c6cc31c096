// A profile while it is written. Values are as typed: numbers where a number can be read, else texts.

import { PROGRAMS, SCHEMA, programOf, steepest } from "./data.js";
import { later, today } from "./days.js";
import { FIELDS, STEP_FIELDS, fieldAt } from "./fields.js";
import { schemaAt } from "./judge.js";

const PRESET_DAYS = 84; // twelve weeks
const ORDER = [
  ...["code", "display_name", "pin", "version", "issued_on", "expires_on", "language"],
  ...["screening_cleared", "rails", "limits", "plan", "schedule", "progression", "stop_rules"],
  "note",
];

/**
 * @typedef {Record<string, any>} Step
 * @typedef {object} Draft
 * @property {Record<string, any>} values by path, but for the plan
 * @property {"program" | "steps"} kind which of the two plans is meant
 * @property {string} program
 * @property {Step[]} steps
 * @property {{schedule: boolean, progression: boolean}} has the parts that may be left out
 * @property {{version: number, text: string} | null} origin as it was opened or saved last; null for neither
 * @property {boolean} limitsTyped somebody chose the limits: no program changes them any more
 * @property {boolean} versionTyped somebody chose the version
 * @property {Set<string>} touched the fields that somebody has been in
 * @property {boolean} showAll every fault is shown, whether its field was touched or not
 */

/** @returns {Draft} */
export function blank() {
  const day = today();
  /** @type {Record<string, any>} */
  const values = {};
  for (const path of Object.keys(FIELDS)) values[path] = schemaAt(path).default ?? "";
  Object.assign(values, {
    version: 1,
    issued_on: day,
    expires_on: later(day, PRESET_DAYS),
    "schedule.sessions_per_week": 3,
    "schedule.weeks": 6,
    "progression.every_sessions": 3,
    "progression.add_min": 1,
  });
  return {
    values,
    kind: "program",
    program: "",
    steps: [],
    has: { schedule: false, progression: false },
    origin: null,
    limitsTyped: false,
    versionTyped: false,
    touched: new Set(),
    showAll: false,
  };
}

/** @param {any} profile as JSON, with no fault that the form cannot show @returns {Draft} */
export function opened(profile) {
  const draft = blank();
  for (const [path, field] of Object.entries(FIELDS)) {
    const found = path.split(".").reduce((tree, key) => tree?.[key], profile);
    const spare = schemaAt(path).default ?? "";
    draft.values[path] = found ?? (field.kind === "flag" ? false : spare);
  }
  if (profile.schedule == null) Object.assign(draft.values, presets("schedule"));
  if (profile.progression == null) Object.assign(draft.values, presets("progression"));
  draft.has = { schedule: profile.schedule != null, progression: profile.progression != null };
  draft.kind = profile.plan?.steps ? "steps" : "program";
  draft.program = profile.plan?.program ?? "";
  draft.steps = (profile.plan?.steps ?? []).map((step) => ({ ...emptyStep(), ...step }));
  draft.limitsTyped = true;
  draft.showAll = true;
  numberFrom(draft);
  return draft;
}

function presets(part) {
  const fresh = blank().values;
  return Object.fromEntries(Object.entries(fresh).filter(([path]) => path.startsWith(`${part}.`)));
}

/** The same prescription for somebody else, from today on. @param {Draft} draft @returns {Draft} */
export function copied(draft) {
  const made = blank();
  const { issued_on, expires_on } = made.values;
  const own = { code: "", display_name: "", pin: "", version: 1, note: "", issued_on, expires_on };
  made.values = { ...draft.values, ...own, screening_cleared: false };
  made.kind = draft.kind;
  made.program = draft.program;
  made.steps = draft.steps.map((step) => ({ ...step }));
  made.has = { ...draft.has };
  made.limitsTyped = true;
  return made;
}

/** @returns {Step} */
export const emptyStep = () => ({ name: "", min: "", low_kmh: "", high_kmh: "", incline_pct: 0 });

/** @param {Draft} draft @param {string} path @returns {any} */
export function valueAt(draft, path) {
  const place = fieldAt(path);
  return place?.step != null ? draft.steps[place.step]?.[place.field.path] : draft.values[path];
}

/** @param {Draft} draft @param {string} path @param {any} value */
export function put(draft, path, value) {
  const place = fieldAt(path);
  if (place?.step != null) draft.steps[place.step][place.field.path] = value;
  else draft.values[path] = value;
  if (path.startsWith("limits.")) draft.limitsTyped = true;
  if (path === "version") draft.versionTyped = true;
  numbered(draft);
}

/** From here on a change is another version, where there is one to count from. @param {Draft} draft */
export function numberFrom(draft) {
  const { version } = draft.values;
  draft.versionTyped = false;
  draft.origin = Number.isInteger(version) ? { version, text: contentOf(draft) } : null;
}

/** A profile that lies in a file and is another now has a version of its own. @param {Draft} draft */
export function numbered(draft) {
  if (!draft.origin || draft.versionTyped) return;
  draft.values.version = draft.origin.version + (contentOf(draft) === draft.origin.text ? 0 : 1);
}

/** What a profile says, its version apart. @param {Draft} draft */
function contentOf(draft) {
  return JSON.stringify({ ...toProfile(draft), version: 0 });
}

/** @param {Draft} draft @returns {any} the profile as JSON, sound or not */
export function toProfile(draft) {
  /** @type {Record<string, any>} */
  const made = { sternway: "profile", schema: SCHEMA.$defs.Profile.properties.schema.enum[0] };
  for (const key of ORDER) {
    if (key === "plan") made.plan = planOf(draft);
    else if (key in FIELDS) set(made, key, clean(FIELDS[key], draft.values[key]));
    else if (draft.has[key] ?? true) made[key] = partOf(draft, key);
  }
  return made;
}

function partOf(draft, part) {
  const made = {};
  for (const [path, field] of Object.entries(FIELDS)) {
    const [first, key] = path.split(".");
    if (first === part) set(made, key, clean(field, draft.values[path]));
  }
  return made;
}

function planOf(draft) {
  if (draft.kind === "program") return draft.program ? { program: draft.program } : {};
  const steps = draft.steps.map((step) => {
    const made = {};
    for (const [key, field] of Object.entries(STEP_FIELDS)) set(made, key, clean(field, step[key]));
    return made;
  });
  return { steps };
}

function set(tree, key, value) {
  if (value !== undefined) tree[key] = value;
}

function clean(field, raw) {
  if (field.kind === "flag") return Boolean(raw);
  if (field.kind === "number") return typeof raw === "number" ? raw : read(String(raw));
  const text = field.kind === "long" ? String(raw).replace(/\r\n?/g, "\n") : String(raw);
  return text === "" ? undefined : text;
}

/** A number with a point or a comma; undefined for nothing, else the text. @param {string} text */
export function read(text) {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : text;
}

/**
 * Take a program; limits that nobody has chosen are made to fit it.
 * @param {Draft} draft @param {string} id @returns {boolean} whether limits were changed
 */
export function choose(draft, id) {
  draft.program = id;
  const fits = !draft.limitsTyped;
  if (fits) fit(draft);
  numbered(draft);
  return fits;
}

/** Make the limits those of the chosen program. @param {Draft} draft */
export function fit(draft) {
  const program = programOf(draft.program);
  if (!program) return;
  Object.assign(draft.values, {
    "limits.max_kmh": program.cap_kmh,
    "limits.max_incline_pct": steepest(program),
    "limits.max_session_min": Math.max(...program.minutes),
  });
  numbered(draft);
}

/** Make the steps those of a program. @param {Draft} draft @param {string} id */
export function fill(draft, id) {
  const program = programOf(id) ?? PROGRAMS[0];
  const fixed = program.steps.reduce((sum, step) => sum + (step.s ?? 0), 0);
  draft.steps = program.steps.map((step) => ({
    name: step.name,
    min: (step.s ?? program.default_minutes * 60 - fixed) / 60,
    low_kmh: step.low_kmh,
    high_kmh: step.high_kmh,
    incline_pct: step.incline_pct ?? 0,
  }));
  if (!draft.limitsTyped) fit({ ...draft, program: id, values: draft.values });
  numbered(draft);
}
