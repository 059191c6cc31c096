// A file into the page: from the file chooser or dropped. What the form cannot show whole is refused
// whole, with every fault.

import { book } from "./book.js";
import { ask, tell } from "./dialog.js";
import { h } from "./dom.js";
import { fieldAt } from "./fields.js";
import { hub } from "./hub.js";
import { judge } from "./judge.js";
import { t } from "./language.js";
import { isEncrypted } from "./saving.js";
import { MOST_BYTES } from "./strict.js";
import { faultOf, labelOf, withoutProfile, wordsOf } from "./words.js";

const MOST_TOLD = 100;

/** @param {File} file */
export async function open(file) {
  if (!(await mayLeave())) return;
  const content = await bytesOf(file);
  if (!content) {
    await tell(t("This file cannot be opened"), [
      t("It cannot be read. Is it a folder, or was its stick pulled? Nothing was changed."),
    ]);
    return;
  }
  if (isEncrypted(content)) {
    await tell(t("This file is encrypted"), [
      t("Only the kiosk it is meant for can open it. That is how it protects the person."),
      t("To change the profile, open the plain file you made it from, or write it anew with a higher version."),
    ]);
    return;
  }
  const { data, faults } = judge(content);
  if (!faults.every((fault) => isMendable(fault, data))) {
    await tell(t("This file cannot be opened"), [
      t("The kiosk would refuse it too. Nothing was changed."),
      h("ul", { class: "faults", tabindex: "0" }, faults.slice(0, MOST_TOLD).map(told)),
    ]);
    return;
  }
  book.open(data);
  hub.render("file-title");
  hub.say(() =>
    faults.length
      ? t("Opened {file}. To mend: {count}", { file: file.name, count: faults.length })
      : t("Opened {file}.", { file: file.name }),
  );
}

/** A file's bytes; null where it cannot be read, as a folder. @param {File} file */
async function bytesOf(file) {
  try {
    // One byte more is enough to see that a file is too large.
    return new Uint8Array(await file.slice(0, MOST_BYTES + 1).arrayBuffer());
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

/** @returns {Promise<boolean>} whether what is not saved may be lost */
export async function mayLeave() {
  if (!book.isChanged) return true;
  const said = await ask(
    t("Leave without saving?"),
    [t("What you have written is not saved and would be lost.")],
    [
      ["stay", t("Go back")],
      ["leave", t("Leave it")],
    ],
  );
  return said === "leave";
}

/** Whether the form can show a fault at a field, with the value as it is in the file. */
function isMendable(fault, data) {
  if (!data || fault.id === "unknown" || fault.id === "kind") return false;
  const path = withoutProfile(fault.path);
  if (fault.id === "one-plan") {
    const index = /^profiles\[(\d+)\]/.exec(fault.path)?.[1];
    const profile = index ? data.profiles[index] : data;
    return profile.plan.steps === undefined;
  }
  return fieldAt(path) !== null || path === "plan.program" || path === "plan.steps";
}

function told(fault) {
  const label = labelOf(fault.path);
  return h(
    "li",
    {},
    label ? faultOf(label, fault) : wordsOf(fault),
    fault.path && " ",
    fault.path && h("code", {}, shown(fault.path)),
  );
}

/** A key of a hostile file may be long or invisible. */
const shown = (path) =>
  path.replace(/[^\x20-\x7e\u00a1-\ud7ff]/g, "?").slice(0, 80) + (path.length > 80 ? "…" : "");
