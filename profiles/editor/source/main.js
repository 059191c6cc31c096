// The page: its head, the screen below it, and what the browser tells of: drops, paper, leaving.

import { book } from "./book.js";
import { KIOSK, LICENCES } from "./data.js";
import { byId, h } from "./dom.js";
import { editor, refresh } from "./editor.js";
import { hub } from "./hub.js";
import { judge } from "./judge.js";
import { LANGUAGES, language, speak, t } from "./language.js";
import { unlist } from "./mending.js";
import { mayLeave, open } from "./opening.js";
import { layOut } from "./paper.js";
import { course } from "./progression.js";
import { nameKey, typeable } from "./names.js";

const SAID_MS = 8000;
let quiet = 0;
let told = () => "";

function render(focus = document.activeElement?.id) {
  const { scrollX, scrollY } = window;
  document.title = t("Sternway: profile editor");
  byId("main").replaceChildren(book.draft ? editor() : welcome());
  byId("head").replaceChildren(...head());
  byId("foot").replaceChildren(...foot());
  refresh();
  window.scrollTo(scrollX, scrollY);
  if (focus) byId(focus)?.focus({ preventScroll: false });
}

function say(words) {
  told = words;
  const box = byId("said");
  box.textContent = words();
  box.classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => box.classList.remove("shown"), SAID_MS);
}

/** What is still to be read, in the language that is spoken now. */
function sayAgain() {
  const box = byId("said");
  const words = box.classList.contains("shown") ? told() : "";
  box.textContent = words;
  box.classList.toggle("shown", Boolean(words));
}

function head() {
  return [
    h("div", { class: "brand" }, h("span", { class: "mark", "aria-hidden": "true" }), h("span", {}, "Sternway"), " ", h("span", { class: "what" }, t("Profile editor"))),
    book.draft &&
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", class: "quiet", id: "new", onclick: begin }, t("New")),
        h("button", { type: "button", class: "quiet", id: "open", onclick: chooseFile }, t("Open…")),
      ),
    h(
      "div",
      { class: "languages", role: "group", "aria-label": t("Language of this page") },
      LANGUAGES.map(([code, name]) =>
        h(
          "button",
          {
            ...{ type: "button", id: `language-${code}`, lang: code },
            "aria-pressed": String(code === language()),
            onclick: () => {
              speak(code);
              render(`language-${code}`);
              sayAgain();
            },
          },
          name,
        ),
      ),
    ),
  ].filter(Boolean);
}

function welcome() {
  return h(
    "div",
    { class: "welcome" },
    h("h1", {}, t("Write a profile for the kiosk")),
    h("p", { class: "lead" }, t("A profile says what one person walks backwards on the treadmill: how long, how fast, how steep, and when to stop.")),
    h(
      "div",
      { class: "begin" },
      h("button", { type: "button", class: "main", id: "new", onclick: begin }, t("New profile")),
      h("button", { type: "button", class: "quiet", id: "open", onclick: chooseFile }, t("Open a file…")),
    ),
    h("p", { class: "hint" }, t("Or drop a file onto this page.")),
    KIOSK &&
      h("p", { class: "kiosk" }, t("This page was made by the kiosk {place} ({id}).", { place: KIOSK.place, id: KIOSK.kiosk_id })),
    h(
      "ul",
      { class: "promises" },
      h("li", {}, t("It works without a network and sends nothing.")),
      h("li", {}, t("It keeps nothing: what you do not save is gone when you close it.")),
      h("li", {}, t("It has the kiosk’s own limits: what the kiosk would refuse, it does not save.")),
    ),
  );
}

function foot() {
  return [
    h("p", {}, t("This is information, not medical advice, diagnosis or treatment. The therapist who signs a profile answers for it.")),
    h(
      "details",
      { id: "licences" },
      h("summary", {}, t("Licences of what is in this page")),
      LICENCES.map((one) =>
        h(
          "div",
          { lang: "en" },
          h("h2", {}, `${one.name} ${one.version} (${one.license})`),
          h("pre", { tabindex: "0" }, one.text),
        ),
      ),
    ),
  ];
}

async function begin() {
  if (!(await mayLeave())) return;
  unlist();
  book.begin();
  render("f-display_name");
}

function chooseFile() {
  byId("file").click();
}

async function taken(file) {
  if (!file) return;
  unlist();
  await open(file);
}

function build() {
  byId("page").replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: skip }, h("span", { id: "skip-words" }, t("To the form"))),
    h("header", { class: "top", id: "head" }),
    h("main", { id: "main", tabindex: "-1" }),
    h("footer", { class: "foot", id: "foot" }),
    h("div", { id: "said", class: "said", role: "status", "aria-live": "polite" }),
    h("input", {
      ...{ type: "file", id: "file", accept: ".json,.age,application/json", hidden: true },
      onchange: ({ target }) => {
        const [file] = target.files;
        target.value = ""; // the same file may be opened again
        taken(file);
      },
    }),
  );
}

function skip(event) {
  event.preventDefault();
  byId("main").focus();
}

Object.assign(hub, { render, refresh, say });
speak(language());
build();
render();

addEventListener("beforeunload", (event) => {
  if (book.isChanged) event.preventDefault();
});
addEventListener("beforeprint", layOut);
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  taken(event.dataTransfer?.files[0]);
});
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) refresh();
  width = innerWidth;
});

// For tests and other tools: the same judgement the page saves by. It changes nothing.
Object.assign(globalThis, { sternway: Object.freeze({ judge, course, nameKey, typeable }) });
