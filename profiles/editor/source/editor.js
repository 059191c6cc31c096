// The editor's screen: the file's profiles, the form, the preview, and the bar with the count.

import { book } from "./book.js";
import { ask, tell } from "./dialog.js";
import { byId, h } from "./dom.js";
import { put, toProfile } from "./draft.js";
import { hub } from "./hub.js";
import { idOf, noteOf } from "./inputs.js";
import { keeping, keepingSection, missing, recipient } from "./keeping.js";
import { t } from "./language.js";
import { drawList, listFaults, markFields, nameOf, typing, unlist } from "./mending.js";
import { layOut, printing } from "./paper.js";
import { preview } from "./preview.js";
import { download, encoded, encrypted } from "./saving.js";
import { firstSections, growthWords, lastSections, versionWords } from "./sections.js";
import { judge } from "./judge.js";
import * as suggest from "./suggest.js";
import { wordsOf } from "./words.js";

/** @type {{plan: boolean, weeks: boolean}} */
const open = { plan: false, weeks: false };

/** @returns {HTMLElement} */
export function editor() {
  const desk = deskOf(/** @type {import("./draft.js").Draft} */ (book.draft));
  return h(
    "div",
    { class: "editor" },
    heading(),
    h("div", { id: "summary", class: "summary", role: "alert", tabindex: "-1", hidden: true }),
    h(
      "form",
      { class: "columns", novalidate: true, autocomplete: "off", onsubmit: submit },
      h("div", { class: "first" }, firstSections(desk)),
      h("div", { class: "aside", id: "preview" }),
      h("div", { class: "last" }, lastSections(desk), printSection(), keepingSection()),
      h(
        "div",
        { class: "savebar" },
        h("p", { id: "state" }),
        h("button", { type: "submit", class: "main", id: "save" }, t("Save")),
      ),
    ),
  );
}

/** Judge and draw what follows from what stands in the form. */
export function refresh() {
  const { draft } = book;
  if (!draft) return;
  const all = book.faults();
  const faults = all[book.at];
  markFields(faults);
  drawList();
  drawPreview(draft, faults);
  drawState(all);
  const version = byId("f-version");
  if (version && document.activeElement !== version) version.value = String(draft.values.version);
  write("version-note", versionWords(draft));
  write("growth-note", growthWords(draft));
  write(`${idOf("display_name")}-note`, noteOf(draft, "display_name"));
  book.drafts.forEach((one, i) => {
    const item = byId(`profile-${i}`);
    if (item) item.replaceChildren(...itemOf(one, i, all[i].length));
  });
}

/** Only what is new, so that nothing is read out twice. */
function write(id, words) {
  const found = byId(id);
  if (found && found.textContent !== words) found.textContent = words;
}

/** @param {import("./draft.js").Draft} draft @param {import("./judge.js").Fault[]} faults */
function drawPreview(draft, faults) {
  const box = byId("preview");
  for (const key of /** @type {("plan" | "weeks")[]} */ (["plan", "weeks"])) {
    const table = byId(`${key}-table`);
    if (table) open[key] = table.open;
  }
  const focused = document.activeElement?.id;
  const width = Math.max(260, Math.min(box.clientWidth - 42, 720));
  box.replaceChildren(...preview(toProfile(draft), faults, width, open));
  if (focused && box.contains(byId(focused))) byId(focused).focus();
}

function drawState(all) {
  const count = all.reduce((sum, faults) => sum + faults.length, 0);
  const said = count
    ? t("To mend: {count}", { count })
    : book.isChanged
      ? t("Complete, not saved yet")
      : t("Complete");
  const name = book.fileName() + (recipient() ? ".age" : "");
  byId("state").replaceChildren(
    h("span", { class: count ? "mark open" : "mark done", "aria-hidden": "true" }, count ? "!" : "✓"),
    h("span", {}, said),
    h("span", { class: "file" }, name),
  );
}

function deskOf(draft) {
  return {
    draft,
    typing(path) {
      typing.path = path;
      refresh();
    },
    typed(path) {
      typing.path = "";
      draft.touched.add(path);
      refresh();
      const fault = () => byId(`${idOf(path)}-fault`)?.textContent ?? "";
      if (fault()) hub.say(fault);
    },
    suggest(path) {
      const taken = new Set(book.drafts.map((one) => one.values.code));
      const made = path === "pin" ? suggest.pin() : suggest.code(taken);
      put(draft, path, made);
      byId(idOf(path)).value = made;
      draft.touched.add(path);
      refresh();
      byId(idOf(path)).focus();
      hub.say(() => made);
    },
  };
}

function heading() {
  const many = book.drafts.length;
  return h(
    "div",
    { class: "heading" },
    h("h1", { id: "file-title", tabindex: "-1" }, book.isBundle ? t("Profiles") : t("Profile")),
    many > 1 &&
      h(
        "nav",
        { "aria-label": t("Profiles of this file"), class: "profiles" },
        h(
          "ul",
          {},
          book.drafts.map((one, i) =>
            h("li", {}, h("button", {
              ...{ type: "button", id: `profile-${i}`, onclick: () => show(i) },
              "aria-current": i === book.at && "true",
            }, itemOf(one, i, 0))),
          ),
        ),
      ),
    h(
      "div",
      { class: "actions" },
      action("add", t("Add a profile"), () => added(() => book.add())),
      action("copy", t("Copy for another person"), () => added(() => book.copy())),
      many > 1 && action("remove", t("Remove this profile"), removed),
    ),
  );
}

function itemOf(draft, i, faults) {
  return [
    h("span", { class: "name" }, draft.values.display_name || t("Profile {number}", { number: i + 1 })),
    h("span", { class: "code" }, draft.values.code || "–"),
    faults ? h("span", { class: "count" }, t("To mend: {count}", { count: faults })) : "",
  ];
}

const action = (id, words, act) => h("button", { type: "button", class: "quiet", id, onclick: act }, words);

function show(index) {
  book.show(index);
  hub.render(`profile-${index}`);
}

function added(act) {
  act();
  hub.render("f-display_name");
  const values = { number: book.at + 1, count: book.drafts.length };
  hub.say(() => t("Profile {number} of {count}", values));
}

async function removed() {
  const name = nameOf(book.drafts[book.at], book.at);
  const said = await ask(
    t("Remove {name} from this file?", { name }),
    [t("The kiosk keeps what it has: removing it here deletes nothing there.")],
    [
      ["stay", t("Go back")],
      ["remove", t("Remove")],
    ],
  );
  if (said !== "remove") return;
  book.remove();
  hub.render("file-title");
}

function printSection() {
  const box = (key, words) =>
    h(
      "div",
      { class: "field flag" },
      h("input", {
        ...{ type: "checkbox", id: `print-${key}`, checked: printing[key] },
        onchange: ({ target }) => {
          printing[key] = target.checked;
        },
      }),
      h("label", { for: `print-${key}` }, words),
    );
  return h(
    "section",
    { class: "card", "aria-labelledby": "h-print" },
    h("h2", { id: "h-print" }, t("Print")),
    box("pin", t("Print the PIN too")),
    book.drafts.length > 1 && box("all", t("Print all profiles of this file")),
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        id: "print",
        onclick: () => {
          layOut();
          print();
        },
      },
      t("Print"),
    ),
  );
}

/** Save what is sound; lead to what is not. @param {Event} event */
async function submit(event) {
  event.preventDefault();
  keeping.tried = true;
  for (const draft of book.drafts) draft.showAll = true;
  refresh();
  if (book.faults().some((faults) => faults.length) || missing()) {
    listFaults();
    return;
  }
  unlist();
  drawList();
  const content = encoded(book.file());
  // The bytes themselves have the last word: they are judged as the kiosk will judge them.
  const { faults } = judge(content);
  if (faults.length) {
    await tell(t("This file cannot be saved"), faults.slice(0, 20).map(wordsOf));
    return;
  }
  const key = recipient();
  const name = book.fileName() + (key ? ".age" : "");
  download(name, key ? await encrypted(content, key) : content);
  book.keep();
  refresh();
  hub.say(() =>
    key
      ? t("Saved, encrypted: {file}. Look among the browser’s downloads.", { file: name })
      : t("Saved, plain: {file}. Look among the browser’s downloads.", { file: name }),
  );
}
