// The fields of a profile as the form shows them, in the order of a file. What a value must be is not
// said here: the schema says it.

import { N } from "./language.js";
import { typeable } from "./names.js";

/**
 * @typedef {"text" | "digits" | "number" | "date" | "choice" | "flag" | "long"} FieldKind
 * @typedef {{path: string, label: string, kind: FieldKind, hint?: string, example?: string,
 *   choices?: [string, string][], suggest?: string, most?: number,
 *   note?: (value: any) => string}} Field `note`: what is to be known of a value; "" for nothing
 */

/** The languages a walker may have, by their own names; "" keeps the kiosk's. */
const SPOKEN = /** @type {[string, string][]} */ ([
  ["", N("As the kiosk is set")],
  ["en", "English"],
  ["es", "Español"],
  ["de", "Deutsch"],
  ["fr", "Français"],
]);

const BY_CODE = N("The kiosk cannot type this name: the person is found by the code alone.");

/** @type {Record<string, Field>} */
export const FIELDS = {
  code: {
    path: "code",
    label: N("Code"),
    kind: "text",
    hint: N("Stands in the log in place of the name. Do not build it from a name or a birthday."),
    suggest: "code",
    most: 16,
  },
  display_name: {
    path: "display_name",
    label: N("First name"),
    kind: "text",
    hint: N("Short. It is shown on the kiosk’s screen."),
    most: 40,
    note: (name) => (name.trim() && !typeable(name) ? BY_CODE : ""),
  },
  pin: {
    path: "pin",
    label: N("PIN"),
    kind: "digits",
    hint: N("4 to 8 digits, typed on the kiosk to begin."),
    suggest: "pin",
    most: 8,
  },
  version: {
    path: "version",
    label: N("Version"),
    kind: "number",
    hint: N("The kiosk takes a change only with a higher version."),
  },
  issued_on: { path: "issued_on", label: N("Issued on"), kind: "date" },
  expires_on: {
    path: "expires_on",
    label: N("Last day"),
    kind: "date",
    hint: N("After it the profile cannot be walked."),
  },
  language: { path: "language", label: N("Language at the kiosk"), kind: "choice", choices: SPOKEN },
  screening_cleared: {
    path: "screening_cleared",
    label: N("I have screened this person"),
    kind: "flag",
    hint: N("The kiosk then does not ask its five safety questions before a session."),
  },
  rails: {
    path: "rails",
    label: N("Hands on the rails"),
    kind: "choice",
    choices: [
      ["both", N("Both hands")],
      ["one", N("One hand")],
      ["none", N("No hand")],
    ],
  },
  "limits.max_kmh": {
    path: "limits.max_kmh",
    label: N("Highest speed (km/h)"),
    kind: "number",
  },
  "limits.max_incline_pct": {
    path: "limits.max_incline_pct",
    label: N("Highest incline (%)"),
    kind: "number",
  },
  "limits.max_session_min": {
    path: "limits.max_session_min",
    label: N("Longest session (minutes)"),
    kind: "number",
  },
  "schedule.sessions_per_week": {
    path: "schedule.sessions_per_week",
    label: N("Sessions a week"),
    kind: "number",
  },
  "schedule.weeks": { path: "schedule.weeks", label: N("Weeks"), kind: "number" },
  "progression.every_sessions": {
    path: "progression.every_sessions",
    label: N("After so many completed sessions"),
    kind: "number",
  },
  "progression.add_min": {
    path: "progression.add_min",
    label: N("Add minutes"),
    kind: "number",
  },
  "progression.add_kmh": {
    path: "progression.add_kmh",
    label: N("Add speed (km/h)"),
    kind: "number",
  },
  "progression.add_incline_pct": {
    path: "progression.add_incline_pct",
    label: N("Add incline (%)"),
    kind: "number",
  },
  "stop_rules.pain_at_or_above": {
    path: "stop_rules.pain_at_or_above",
    label: N("Pain at or above (of 10)"),
    kind: "number",
  },
  "stop_rules.pain_rise": {
    path: "stop_rules.pain_rise",
    label: N("Pain risen by (points)"),
    kind: "number",
  },
  "stop_rules.rpe_at_or_above": {
    path: "stop_rules.rpe_at_or_above",
    label: N("Exertion at or above (Borg)"),
    kind: "number",
  },
  note: {
    path: "note",
    label: N("Note for the therapist"),
    kind: "long",
    hint: N("The kiosk shows it to therapists only. At most 500 characters."),
  },
};

/** The fields of a step of one's own. @type {Record<string, Field>} */
export const STEP_FIELDS = {
  name: {
    path: "name",
    label: N("Name"),
    kind: "text",
    hint: N("Shown while walking. Do not write a person’s name here."),
    most: 40,
  },
  min: { path: "min", label: N("Minutes"), kind: "number" },
  low_kmh: { path: "low_kmh", label: N("From km/h"), kind: "number" },
  high_kmh: { path: "high_kmh", label: N("To km/h"), kind: "number" },
  incline_pct: { path: "incline_pct", label: N("Incline %"), kind: "number" },
};

const STEP_PLACE = /^plan\.steps\[(\d+)\]\.(\w+)$/;

/**
 * @param {string} path
 * @returns {{field: Field, step: number | null} | null} the field at a place, and its step if any
 */
export function fieldAt(path) {
  const step = STEP_PLACE.exec(path);
  if (step) {
    const field = STEP_FIELDS[step[2]];
    return field ? { field, step: Number(step[1]) } : null;
  }
  return Object.hasOwn(FIELDS, path) ? { field: FIELDS[path], step: null } : null;
}
