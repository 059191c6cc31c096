// How the file is saved: encrypted for the kiosk of this page, for another's key, or plain.

import { KIOSK } from "./data.js";
import { h } from "./dom.js";
import { hub } from "./hub.js";
import { mark } from "./inputs.js";
import { t } from "./language.js";
import { isRecipient } from "./saving.js";

/** @typedef {"" | "kiosk" | "key" | "plain"} How */

const hasKey = Boolean(KIOSK?.age_recipient && isRecipient(KIOSK.age_recipient));

/** Without a kiosk's key nothing is preset: plain is a choice, not an oversight. */
export const keeping = { how: /** @type {How} */ (hasKey ? "kiosk" : ""), key: "", tried: false };

/** The key that the file is encrypted to; null for a plain one. @returns {string | null} */
export function recipient() {
  if (keeping.how === "kiosk") return KIOSK?.age_recipient ?? null;
  return keeping.how === "key" ? keeping.key.trim() : null;
}

/** What is still missing, and where. @returns {{id: string, label: string, words: string} | null} */
export function missing() {
  if (!keeping.how) {
    const words = t("Choose how the file is saved.");
    return { id: "f-how", label: t("Save"), words };
  }
  if (keeping.how === "key" && !isRecipient(keeping.key.trim())) {
    const words = t("This is not a kiosk’s key, or a letter of it is wrong. It begins with age1.");
    return { id: "f-recipient", label: t("Key of the kiosk"), words };
  }
  return null;
}

/** @returns {HTMLElement} */
export function keepingSection() {
  const choices = [
    KIOSK && hasKey && choice("kiosk", t("Encrypted for the kiosk {place}", { place: KIOSK.place }), [
      t("Only that kiosk can open the file: nobody who finds the stick, and not this page either."),
    ]),
    choice("key", hasKey ? t("Encrypted for another kiosk") : t("Encrypted for a kiosk"), [
      t("The kiosk’s staff can tell you its key; the command “sternway profiles key” shows it."),
      keyField(),
    ]),
    choice("plain", t("Plain"), [
      h(
        "p",
        { class: "warning", id: "plain-warning" },
        h("strong", {}, t("Anybody can read a plain file.")),
        " ",
        t("It holds the first name, the PIN and the note of each profile. Keep the stick with you, and delete the file when the kiosk has it."),
      ),
    ]),
  ];
  const field = h(
    "fieldset",
    { id: "f-how", class: "field how", "data-keeping": "how" },
    h("legend", { class: "visually-hidden" }, t("How the file is saved")),
    h("p", { class: "fault", id: "f-how-fault", hidden: true }),
    choices,
  );
  return h(
    "section",
    { class: "card", "aria-labelledby": "h-save" },
    h("h2", { id: "h-save" }, t("Save")),
    field,
    h("p", { class: "hint" }, t("The browser puts the file where it puts downloads. Move it onto the stick from there.")),
  );
}

function choice(how, words, more) {
  const id = `how-${how}`;
  const chosen = keeping.how === how;
  return h(
    "div",
    { class: "option" },
    h("input", {
      type: "radio",
      name: "how",
      id,
      value: how,
      checked: chosen,
      "aria-describedby": how === "plain" && chosen && "plain-warning",
      onchange: () => {
        keeping.how = how;
        hub.render(id);
      },
    }),
    h(
      "div",
      {},
      h("label", { for: id }, words),
      chosen && more.map((one) => (typeof one === "string" ? h("p", { class: "hint" }, one) : one)),
    ),
  );
}

function keyField() {
  const input = h("input", {
    type: "text",
    id: "f-recipient",
    class: "code",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "off",
    placeholder: "age1…",
    oninput: ({ target }) => {
      keeping.key = target.value;
      hub.refresh();
    },
  });
  input.value = keeping.key;
  return h(
    "div",
    { class: "field", "data-keeping": "key" },
    h("label", { for: "f-recipient" }, t("Key of the kiosk")),
    input,
    h("p", { class: "fault", id: "f-recipient-fault", hidden: true }),
  );
}

/** Show what is missing, once saving was tried. */
export function markKeeping() {
  const fault = keeping.tried ? missing() : null;
  for (const [name, id] of [["how", "f-how"], ["key", "f-recipient"]]) {
    const field = document.querySelector(`[data-keeping="${name}"]`);
    if (field) mark(/** @type {HTMLElement} */ (field), fault?.id === id ? fault.words : "");
  }
}
