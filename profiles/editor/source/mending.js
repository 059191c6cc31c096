// The faults of all profiles: at their fields, in a list with links, and as a count.

import { book } from "./book.js";
import { byId, h } from "./dom.js";
import { fieldAt } from "./fields.js";
import { hub } from "./hub.js";
import { idOf, mark } from "./inputs.js";
import { markKeeping, missing } from "./keeping.js";
import { t } from "./language.js";
import { faultOf, isRule, labelOf, labelled, wordsOf } from "./words.js";

const FORM = [
  ...["display_name", "code", "pin", "language", "rails", "screening_cleared", "plan", "limits"],
  ...["schedule", "progression", "stop_rules", "version", "issued_on", "expires_on", "note"],
];

/** The field in which somebody is typing: a rule does not interrupt. @type {{path: string}} */
export const typing = { path: "" };

let listed = false;

/** Show at each field of the shown profile what is wrong with it. @param {any[]} faults */
export function markFields(faults) {
  const { draft } = book;
  if (!draft) return;
  for (const field of document.querySelectorAll("[data-path]")) {
    const path = /** @type {HTMLElement} */ (field).dataset.path ?? "";
    const own = faults.find((fault) => placeOf(fault.path) === path);
    const isShown =
      own &&
      (draft.showAll ||
        draft.touched.has(path) ||
        ((isRule(own) || own.id.startsWith("twin")) && own.id !== "one-plan" && !typing.path));
    mark(/** @type {HTMLElement} */ (field), isShown ? said(own) : "");
  }
  const fit = /** @type {HTMLElement | null} */ (document.querySelector(".fit"));
  if (fit) fit.hidden = !faults.some((fault) => fault.id.startsWith("program-"));
  markKeeping();
}

/** A step's faults stand below all its fields, so they say which one they mean. */
function said(fault) {
  const place = fieldAt(fault.path);
  return place?.step == null ? wordsOf(fault) : faultOf(t(place.field.label), fault);
}

/** Faults of the plan as a whole stand at its head. */
const placeOf = (path) => (/^plan(\.program|\.steps)?$/.test(path) ? "plan" : path);

/** Show the list from now on, and lead there. */
export function listFaults() {
  listed = true;
  drawList();
  byId("summary").focus();
}

/** Nothing was tried yet, or all is well. */
export function unlist() {
  listed = false;
}

/** Draw the list of what keeps the file from being saved; nothing where there is nothing. */
export function drawList() {
  const box = byId("summary");
  if (!box) return;
  const found = book.faults();
  const lines = found.flatMap((all, i) => inOrder(all).map((fault) => line(fault, i)));
  const last = missing();
  if (last) lines.push(link(last.id, labelled(last.label, last.words), book.at));
  box.hidden = !listed || !lines.length;
  box.replaceChildren(
    h("h2", {}, t("Not saved yet. To mend: {count}", { count: lines.length })),
    h("ul", {}, lines.slice(0, 100)),
  );
}

function line(fault, index) {
  const words = faultOf(labelOf(fault.path), fault);
  const name = nameOf(book.drafts[index], index);
  return link(targetOf(fault.path), book.drafts.length > 1 ? labelled(name, words) : words, index);
}

/** As the form has the fields, so that the list is read from top to bottom. */
function inOrder(faults) {
  const rank = (fault) => {
    const [first] = fault.path.split(/[.[]/);
    return FORM.indexOf(first) * 100 + (fieldAt(fault.path)?.step ?? -1);
  };
  return [...faults].sort((one, other) => rank(one) - rank(other));
}

/** @param {import("./draft.js").Draft} draft @param {number} index */
export function nameOf(draft, index) {
  return draft.values.code || t("Profile {number}", { number: index + 1 });
}

function link(id, words, index) {
  const go = (event) => {
    event.preventDefault();
    if (book.at !== index) {
      book.show(index);
      hub.render();
    }
    lead(id);
  };
  return h("li", {}, h("a", { href: `#${id}`, onclick: go }, words));
}

const targetOf = (path) => idOf(placeOf(path));

/** Put the focus into a field, or into the first control of a group. */
function lead(id) {
  const found = byId(id);
  const control = found?.matches("fieldset")
    ? found.querySelector("input:checked, input, select, button")
    : found;
  control?.focus();
  control?.scrollIntoView({ block: "center" });
}
