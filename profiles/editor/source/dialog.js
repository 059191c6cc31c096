// Questions and messages, in the browser's own dialog: the focus stays in it and comes back.

import { h } from "./dom.js";
import { t } from "./language.js";

/**
 * @param {string} title
 * @param {(Node | string)[]} content paragraphs, or elements of their own
 * @param {[string, string][]} answers key and words; the first is the one that changes nothing
 * @returns {Promise<string>} the key; the first on Escape
 */
export function ask(title, content, answers) {
  return new Promise((resolve) => {
    const [[nothing]] = answers;
    const heading = h("h2", { id: "dialog-title" }, title);
    const buttons = answers.map(([key, words], i) =>
      h(
        "button",
        {
          type: "button",
          class: i === 0 ? "quiet" : "main",
          autofocus: i === 0,
          onclick: () => dialog.close(key),
        },
        words,
      ),
    );
    const dialog = h(
      "dialog",
      { "aria-labelledby": "dialog-title" },
      heading,
      content.map((one) => (typeof one === "string" ? h("p", {}, one) : one)),
      h("div", { class: "answers" }, buttons),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || nothing);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @param {string} title @param {(Node | string)[]} content */
export function tell(title, content) {
  return ask(title, content, [["close", t("Close")]]);
}
