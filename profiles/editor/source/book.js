// The file that is open: its profiles, which of them is shown, and whether all of it is saved.

import { blank, copied, numberFrom, opened, toProfile } from "./draft.js";
import { faultsOfProfile, twins } from "./judge.js";

/**
 * @typedef {import("./draft.js").Draft} Draft
 * @typedef {import("./judge.js").Fault} Fault
 */

/** @type {Draft[]} */
let drafts = [];
let at = 0;
let several = false;
let saved = "";

/** @type {WeakMap<Draft, {text: string, faults: Fault[]}>} */
const judged = new WeakMap();

export const book = {
  get drafts() {
    return drafts;
  },
  /** @returns {number} which profile is shown */
  get at() {
    return at;
  },
  /** @returns {Draft | null} */
  get draft() {
    return drafts[at] ?? null;
  },
  get isBundle() {
    return several || drafts.length > 1;
  },
  /** Whether something would be lost. */
  get isChanged() {
    return drafts.length > 0 && text() !== saved;
  },

  /** Begin with one new profile. */
  begin() {
    drafts = [blank()];
    at = 0;
    several = false;
    saved = text();
  },
  /** @param {any} data a profile or bundle as JSON */
  open(data) {
    several = data.sternway === "bundle";
    drafts = (several ? data.profiles : [data]).map(opened);
    at = 0;
    saved = text();
  },
  add() {
    drafts.push(blank());
    at = drafts.length - 1;
  },
  copy() {
    drafts.push(copied(drafts[at]));
    at = drafts.length - 1;
  },
  remove() {
    drafts.splice(at, 1);
    at = Math.min(at, Math.max(drafts.length - 1, 0));
    if (!drafts.length) several = false;
  },
  /** @param {number} index */
  show(index) {
    at = index;
  },
  /** It lies in a file now, which a kiosk may have: what is changed is another version. */
  keep() {
    drafts.forEach(numberFrom);
    saved = text();
  },

  /** @returns {any} the file as JSON */
  file() {
    const profiles = drafts.map(toProfile);
    return book.isBundle ? { sternway: "bundle", schema: 1, profiles } : profiles[0];
  },
  /** @returns {string} what it is called on a stick */
  fileName() {
    return book.isBundle ? "profiles.json" : `${toProfile(drafts[0]).code ?? "profile"}.json`;
  },
  /** Each profile's faults, with paths in that profile. @returns {Fault[][]} */
  faults() {
    const profiles = drafts.map(toProfile);
    const found = drafts.map((draft, i) => [...own(draft, profiles[i])]);
    if (book.isBundle) {
      const places = new Set(found.flatMap((all, i) => all.map((one) => `profiles[${i}].${one.path}`)));
      for (const twin of twins(profiles, places)) {
        const [, index, path] = /^profiles\[(\d+)\]\.(.*)$/.exec(twin.path) ?? [];
        found[Number(index)].push({ ...twin, path });
      }
    }
    return found;
  },
};

function text() {
  return JSON.stringify([book.isBundle, drafts.map(toProfile)]);
}

/** Judged once for each change: a bundle of a thousand stays quick. */
function own(draft, profile) {
  const known = judged.get(draft);
  const now = JSON.stringify(profile);
  if (known?.text === now) return known.faults;
  const faults = faultsOfProfile(profile);
  judged.set(draft, { text: now, faults });
  return faults;
}
