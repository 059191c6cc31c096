// One field: its label, its hint, its control, its fault. What it holds goes straight into the draft.

import { h } from "./dom.js";
import { put, read, valueAt } from "./draft.js";
import { fieldAt } from "./fields.js";
import { number, t } from "./language.js";

/**
 * @typedef {object} Desk what a field tells of itself
 * @property {import("./draft.js").Draft} draft
 * @property {(path: string) => void} typing something changed, and may go on changing
 * @property {(path: string) => void} typed somebody has left the field
 * @property {(path: string) => void} suggest
 */

/** @param {string} path */
export const idOf = (path) => `f-${path.replace(/\[(\d+)\]/g, "-$1")}`;

/** @param {Desk} desk @param {string} path @returns {HTMLElement} */
export function fieldFor(desk, path) {
  const place = fieldAt(path);
  if (!place) throw new Error(path);
  const { field } = place;
  const id = idOf(path);
  const hint = field.hint && h("p", { class: "hint", id: `${id}-hint` }, t(field.hint));
  const note = field.note && h("p", { class: "hint", id: `${id}-note`, role: "status" }, noteOf(desk.draft, path));
  const control = controlFor(desk, path, field, id);
  const described = [hint, note].flatMap((one) => (one ? [one.id] : []));
  if (described.length) control.setAttribute("aria-describedby", described.join(" "));
  const label = h("label", { for: id }, t(field.label));
  const fault = h("p", { class: "fault", id: `${id}-fault`, hidden: true });
  const notes = h("div", { class: "notes" }, hint, note, fault);
  if (field.kind === "flag") {
    return h("div", { class: "field flag", "data-path": path }, control, label, notes);
  }
  const button = field.suggest && suggestButton(desk, field, path);
  const line = button ? h("div", { class: "with-button" }, control, button) : control;
  return h("div", { class: `field ${field.kind}`, "data-path": path }, label, line, notes);
}

/**
 * What is to be known of the value that a field has now, and is no fault; "" for nothing.
 * @param {import("./draft.js").Draft} draft @param {string} path
 */
export function noteOf(draft, path) {
  const words = fieldAt(path)?.field.note?.(valueAt(draft, path));
  return words ? t(words) : "";
}

function suggestButton(desk, field, path) {
  const words = field.suggest === "pin" ? t("Suggest a PIN") : t("Suggest a code");
  return h(
    "button",
    { type: "button", class: "quiet", "aria-label": words, onclick: () => desk.suggest(path) },
    t("Suggest"),
  );
}

function controlFor(desk, path, field, id) {
  const value = valueAt(desk.draft, path);
  const common = { id, name: path, autocomplete: "off", ...listeners(desk, path, field) };
  if (field.kind === "flag") return h("input", { type: "checkbox", checked: value, ...common });
  if (field.kind === "choice") return choice(field, value, common);
  if (field.kind === "long") {
    const area = h("textarea", { rows: 4, ...common });
    area.value = value;
    return area;
  }
  const input = h("input", {
    type: field.kind === "date" ? "date" : "text",
    inputmode: { number: "decimal", digits: "numeric" }[field.kind],
    max: field.kind === "date" && "9999-12-31",
    spellcheck: "false",
    autocapitalize: field.path === "code" ? "characters" : "off",
    class: field.path === "code" ? "code" : null,
    ...common,
  });
  input.value = typeof value === "number" ? number(value) : value;
  return input;
}

function choice(field, value, common) {
  const select = h(
    "select",
    common,
    field.choices.map(([key, words]) => h("option", { value: key }, t(words))),
  );
  select.value = value ?? "";
  return select;
}

function listeners(desk, path, field) {
  const take = ({ target }) => {
    if (field.path === "code") rewrite(target, target.value.toUpperCase());
    put(desk.draft, path, valueOf(target, field));
    desk.typing(path);
  };
  const leave = ({ target }) => {
    if (field.kind === "text" || field.kind === "digits") {
      rewrite(target, target.value.trim());
      put(desk.draft, path, target.value);
    }
    desk.typed(path);
  };
  return { oninput: take, onchange: leave };
}

/** Change what stands in a control, and leave the caret where it is. */
function rewrite(control, text) {
  if (control.value === text) return;
  const caret = control.selectionStart;
  control.value = text;
  control.setSelectionRange(caret, caret);
}

function valueOf(control, field) {
  if (field.kind === "flag") return control.checked;
  if (field.kind !== "number") return control.value;
  const found = read(control.value);
  return found === undefined ? "" : found;
}

// Its own, not that of a field within it.
const FAULT = ":scope > .fault, :scope > .notes > .fault";

/**
 * Show a fault at its field, or none.
 * @param {HTMLElement} field with `data-path` @param {string} words "" for none
 */
export function mark(field, words) {
  const fault = /** @type {HTMLElement} */ (field.querySelector(FAULT));
  const control = field.querySelector("input, select, textarea, [role=radiogroup]") ?? field;
  if (!fault) return;
  fault.hidden = !words;
  if (fault.textContent !== words) fault.textContent = words;
  field.classList.toggle("faulty", Boolean(words));
  const target = field.matches("fieldset") ? field : control;
  const others = (target.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .filter((id) => id && id !== fault.id);
  const ids = words ? [...others, fault.id] : others;
  if (ids.length) target.setAttribute("aria-describedby", ids.join(" "));
  else target.removeAttribute("aria-describedby");
  if (field.matches("fieldset")) return; // aria-invalid is for controls
  if (words) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}
