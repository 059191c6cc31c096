// Faults in words. What a value must be is told in the schema's own words, translated; a rule in
// plain ones, that name no field by its key.

import { fieldAt } from "./fields.js";
import { resolved, schemaAt } from "./judge.js";
import { N, t } from "./language.js";
import { RULES } from "./rules.js";

/** Of rules, bundles and files. @type {Record<string, string>} */
const SAID = {
  expiry: N("The last day is before the day of issue. Choose a later one."),
  "one-plan": N("Choose a program, or write steps of your own."),
  "step-band": N("The slowest speed, {left} km/h, is over the fastest, {right} km/h. Swap or change them."),
  "step-speed": N("{left} km/h is over the limit of {right} km/h. Lower it, or raise the limit."),
  "step-incline": N("{left} % is over the limit of {right} %. Lower it, or raise the limit."),
  "steps-too-long": N(
    "The steps last {left} minutes, over the limit of {right}. Shorten them, or raise the limit.",
  ),
  "steps-too-short": N("The steps last {left} minutes. Together they must last at least {right}."),
  "program-speed": N(
    "This program walks at up to {left} km/h, over the limit of {right} km/h. Raise the limit, choose another program, or write steps of your own.",
  ),
  "program-incline": N(
    "This program needs an incline of {left} %, over the limit of {right} %. Raise the limit, or choose another program.",
  ),
  "program-minutes": N(
    "This program takes at least {left} minutes, over the limit of {right}. Raise the limit, choose another program, or write steps of your own.",
  ),
  "twin-code": N("Profile {number} of this file has this code too. Give each its own."),
  "twin-pin": N("Profile {number} of this file has this PIN and the same first name. Choose another PIN."),
  "too-big": N("The file is over 1 MiB. Split it into several files."),
  "not-utf8": N("The file is not a text in UTF-8. Save it as UTF-8."),
  "not-json": N("The file is not JSON, or is damaged. Save it anew."),
  "too-deep": N("The file is nested deeper than a profile ever is."),
  twice: N("A key stands twice in one object of the file: {key}. Keep one of them."),
  "huge-number": N("The file holds a number that is far too large."),
  "half-character": N("The file holds half a character. Remove it."),
  "no-profile": N("The file is not a profile of Sternway."),
  "other-schema": N("The file was made for another version of Sternway. This page writes schema 1."),
  unknown: N("The kiosk does not know this part of the file. Remove it."),
};

/** Where the schema speaks of the file and not of the form. @type {Record<string, string>} */
const PLAIN = {
  display_name: N("1 to 40 characters in one line"),
  pin: N("4 to 8 digits"),
  issued_on: N("a day"),
  expires_on: N("a day"),
};

/**
 * @param {import("./judge.js").Fault} fault
 * @returns {string} a sentence; holds no name, no note and no PIN
 */
export function wordsOf(fault) {
  if (Object.hasOwn(SAID, fault.id)) return t(SAID[fault.id], fault.values);
  const rule = RULES.find((one) => one.id === fault.id);
  if (rule) return t(rule.say, fault.values);
  const what = neededFor(fault);
  if (what) return t("Needed: {what}.", { what });
  const known = schemaAt(withoutProfile(fault.path));
  if (fault.id === "missing") return t("This is missing.");
  if (known.enum) return t("Choose one of: {choices}.", { choices: known.enum.join(", ") });
  return t("This is not of the kind that belongs here.");
}

/** @param {string} label @param {string} text */
export const labelled = (label, text) => t("{label}: {text}", { label, text });

/**
 * A fault behind its field's label, in a list.
 * @param {string} label @param {import("./judge.js").Fault} fault
 */
export function faultOf(label, fault) {
  const what = neededFor(fault);
  return what ? t("{label}: {what}.", { label, what }) : labelled(label, wordsOf(fault));
}

/** What a value must be, where that is what a fault says; else "". */
function neededFor(fault) {
  if (Object.hasOwn(SAID, fault.id) || isRule(fault)) return "";
  const path = withoutProfile(fault.path);
  const known = schemaAt(path);
  const what = PLAIN[path] ?? known.description ?? resolved(known).description;
  return what ? t(what) : "";
}

/** Whether it stands between fields: nothing of one alone tells it. */
export const isRule = (fault) => RULES.some((one) => one.id === fault.id);

/** The label of a place in a profile, for a list of faults. @param {string} path */
export function labelOf(path) {
  const place = fieldAt(withoutProfile(path));
  if (place?.step != null) {
    return t("Step {number}, {field}", { number: place.step + 1, field: t(place.field.label) });
  }
  if (place) return t(place.field.label);
  return /^plan/.test(withoutProfile(path)) ? t("Plan") : "";
}

/** profiles[2].limits.max_kmh -> limits.max_kmh */
export const withoutProfile = (path) => path.replace(/^profiles\[\d+\]\.?/, "");

