// The plan's section: a built-in program with its evidence, or steps of one's own.

import { PROGRAMS, programOf, steepest } from "./data.js";
import { h } from "./dom.js";
import { choose, emptyStep, fill, fit, numbered } from "./draft.js";
import { STEP_FIELDS } from "./fields.js";
import { hub } from "./hub.js";
import { fieldFor, idOf } from "./inputs.js";
import { N, number, t } from "./language.js";
import { range } from "./chart.js";

/** The grades of the clinical table. @type {Record<string, string>} */
const GRADES = {
  moderate: N("moderate"),
  low: N("low"),
  "very low": N("very low"),
  "expert opinion": N("expert opinion"),
};

/** @param {import("./inputs.js").Desk} desk @returns {HTMLElement} */
export function planSection(desk) {
  const { draft } = desk;
  return h(
    "section",
    { class: "card", "aria-labelledby": "h-plan" },
    h("h2", { id: "h-plan" }, t("Plan")),
    h(
      "fieldset",
      { class: "kinds" },
      h("legend", { class: "visually-hidden" }, t("Kind of plan")),
      kind(draft, "program", t("A built-in program")),
      kind(draft, "steps", t("Steps of your own")),
    ),
    draft.kind === "program" ? programs(draft) : ownSteps(desk),
  );
}

/** @param {string} grade */
export const gradeOf = (grade) => t("Evidence: {grade}", { grade: t(GRADES[grade] ?? grade) });

function kind(draft, value, words) {
  const id = `kind-${value}`;
  const take = () => {
    draft.kind = value;
    numbered(draft);
    hub.render(id);
  };
  return h(
    "div",
    { class: "kind" },
    h("input", {
      ...{ type: "radio", name: "kind", id, value, checked: draft.kind === value },
      onchange: take,
    }),
    h("label", { for: id }, words),
  );
}

function programs(draft) {
  const chosen = programOf(draft.program);
  return h(
    "div",
    {},
    h(
      "fieldset",
      { class: "field programs", id: "f-plan", "data-path": "plan" },
      h("legend", {}, t("Program")),
      h("p", { class: "fault", id: "f-plan-fault", hidden: true }),
      h(
        "div",
        { class: "fit", hidden: true },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick: () => {
              fit(draft);
              hub.render("f-limits.max_kmh");
              hub.say(() => limitsSet(draft));
            },
          },
          t("Fit the limits to the program"),
        ),
      ),
      h("div", { class: "cards" }, PROGRAMS.map((program) => card(draft, program))),
    ),
    chosen && evidence(chosen),
  );
}

const limitsSet = (draft) =>
  t("The limits are now {speed} km/h, {incline} % and {minutes} minutes.", {
    speed: draft.values["limits.max_kmh"],
    incline: draft.values["limits.max_incline_pct"],
    minutes: draft.values["limits.max_session_min"],
  });

function card(draft, program) {
  const id = `program-${program.id}`;
  const least = Math.min(...program.minutes);
  const most = Math.max(...program.minutes);
  const minutes = least === most ? number(least) : `${number(least)}–${number(most)}`;
  const low = Math.min(...program.steps.map((step) => step.low_kmh));
  const high = Math.max(...program.steps.map((step) => step.high_kmh));
  const figures = [
    t("{minutes} min", { minutes }),
    `${range(low, high)} km/h`,
    `${number(steepest(program))} %`,
  ];
  return h(
    "div",
    { class: "program" },
    h("input", {
      type: "radio",
      name: "program",
      id,
      value: program.id,
      checked: draft.program === program.id,
      onchange: () => {
        draft.touched.add("plan");
        const fits = choose(draft, program.id);
        hub.render(id);
        if (fits) hub.say(() => limitsSet(draft));
      },
    }),
    h(
      "label",
      { for: id },
      h("span", { class: "name" }, t(program.name)),
      h("span", { class: "tagline" }, t(program.tagline)),
      h("span", { class: "small" }, figures.join(" · ")),
      h("span", { class: "grade" }, gradeOf(program.evidence_grade)),
    ),
  );
}

function evidence(program) {
  return h(
    "div",
    { class: "evidence", role: "region", "aria-labelledby": "h-evidence" },
    h("h3", { id: "h-evidence" }, t("What is known about it")),
    h(
      "dl",
      {},
      ...pair(t("Grade"), h("span", { class: "grade" }, t(GRADES[program.evidence_grade]))),
      ...pair(t("Dose"), t(program.dose)),
      ...pair(t("Evidence"), t(program.evidence)),
      ...pair(t("What the kiosk tells the patient"), t(program.purpose)),
    ),
    h("p", { class: "hint" }, t(program.disclaimer)),
  );
}

const pair = (term, text) => [h("dt", {}, term), h("dd", {}, text)];

function ownSteps(desk) {
  const { draft } = desk;
  const pick = h(
    "select",
    { id: "fill-from" },
    PROGRAMS.map((program) => h("option", { value: program.id }, t(program.name))),
  );
  pick.value = draft.program || PROGRAMS[0].id;
  const fillIn = () => {
    fill(draft, pick.value);
    hub.render(idOf("plan.steps[0].name"));
    const name = programOf(pick.value)?.name ?? "";
    hub.say(() => t("The steps are those of {program} now.", { program: t(name) }));
  };
  return h(
    "fieldset",
    { class: "field own", id: "f-plan", "data-path": "plan" },
    h("legend", { class: "visually-hidden" }, t("Steps of your own")),
    h(
      "div",
      { class: "fill" },
      h("label", { for: "fill-from" }, t("Begin with the steps of")),
      pick,
      h("button", { type: "button", class: "quiet", onclick: fillIn }, t("Fill in")),
    ),
    h("p", { class: "fault", id: "f-plan-fault", hidden: true }),
    h(
      "ol",
      { class: "steps" },
      draft.steps.map((_step, i) => row(desk, i)),
    ),
    h(
      "button",
      {
        type: "button",
        class: "quiet",
        id: "add-step",
        onclick: () => {
          draft.steps.push(emptyStep());
          numbered(draft);
          hub.render(idOf(`plan.steps[${draft.steps.length - 1}].name`));
        },
      },
      t("Add a step"),
    ),
    h(
      "p",
      { class: "hint" },
      t("The kiosk translates the names {names}; others it shows as you write them.", {
        names: ["warm-up", "main", "cool-down"].join(", "),
      }),
    ),
  );
}

function row(desk, i) {
  const { draft } = desk;
  const last = draft.steps.length - 1;
  const move = (by) => {
    const [step] = draft.steps.splice(i, 1);
    draft.steps.splice(i + by, 0, step);
    numbered(draft);
    hub.render(`step-${i + by}-${by < 0 ? "up" : "down"}`);
    hub.say(() => t("Step {number} of {count}", { number: i + by + 1, count: last + 1 }));
  };
  const remove = () => {
    draft.steps.splice(i, 1);
    numbered(draft);
    hub.render(draft.steps.length ? `step-${Math.min(i, last - 1)}-remove` : "add-step");
  };
  const button = (key, sign, words, act, off) =>
    h(
      "button",
      {
        ...{ type: "button", class: "icon", id: `step-${i}-${key}`, disabled: off },
        ...{ "aria-label": words, title: words, onclick: act },
      },
      h("span", { "aria-hidden": "true" }, sign),
    );
  const values = { number: i + 1 };
  return h(
    "li",
    {},
    h(
      "div",
      { class: "step", role: "group", "aria-label": t("Step {number}", values) },
      h("span", { class: "ordinal", "aria-hidden": "true" }, number(i + 1)),
      Object.keys(STEP_FIELDS).map((key) => fieldFor(desk, `plan.steps[${i}].${key}`)),
      h(
        "div",
        { class: "tools" },
        button("up", "↑", t("Move step {number} up", values), () => move(-1), i === 0),
        button("down", "↓", t("Move step {number} down", values), () => move(1), i === last),
        button("remove", "×", t("Remove step {number}", values), remove, false),
      ),
    ),
  );
}

