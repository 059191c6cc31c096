// The prescription on paper: one page for each profile, its PIN only where somebody asked for it.

import { book } from "./book.js";
import { planChart, planTable } from "./chart.js";
import { programOf } from "./data.js";
import { byId, h } from "./dom.js";
import { toProfile } from "./draft.js";
import { FIELDS } from "./fields.js";
import { longDay, number, t } from "./language.js";
import { resolved, schemaAt } from "./judge.js";
import { walkOf } from "./planned.js";
import { gradeOf } from "./planning.js";
import { labelled } from "./words.js";

const WIDTH = 640; // px, of the picture
const MANY_STEPS = 10; // they are set in columns
const CROWDED_STEPS = 5;
const CROWDED_NOTE = 60; // letters
const MOST_LINES = 8;

/** @type {{pin: boolean, all: boolean}} */
export const printing = { pin: false, all: false };

/** Put onto the page's paper what is to be printed now. */
export function layOut() {
  const all = book.faults();
  const indices = printing.all ? book.drafts.map((_one, i) => i) : [book.at];
  const sheets = book.drafts.length ? indices.map((i) => sheet(book.drafts[i], all[i])) : [];
  byId("paper").replaceChildren(...sheets);
}

function sheet(draft, faults) {
  const profile = toProfile(draft);
  if (faults.length) {
    return h(
      "article",
      { class: "sheet" },
      h("h1", {}, t("Backward walking on a treadmill")),
      h("p", {}, t("This profile is not complete and cannot be printed yet.")),
    );
  }
  const walk = walkOf(profile);
  const program = programOf(profile.plan.program);
  const isCrowded =
    walk.steps.length > CROWDED_STEPS || (profile.note ?? "").length > CROWDED_NOTE;
  return h(
    "article",
    { class: isCrowded ? "sheet crowded" : "sheet" },
    h(
      "header",
      {},
      h("h1", {}, t("Backward walking on a treadmill")),
      h("p", { class: "who" }, h("strong", {}, profile.display_name), " ", h("span", { class: "code" }, profile.code)),
    ),
    list([
      [t("PIN"), printing.pin ? profile.pin : t("not printed")],
      [t("Version"), number(profile.version)],
      [t("Issued on"), longDay(profile.issued_on)],
      [t("Last day"), longDay(profile.expires_on)],
    ]),
    h("h2", {}, program ? t(program.name) : t("Steps of your own")),
    program && h("p", {}, t(program.tagline), ". ", gradeOf(program.evidence_grade), "."),
    h("div", { class: "picture" }, planChart(walk.steps, { width: WIDTH, limit: walk.cap })),
    h("div", { class: walk.steps.length > MANY_STEPS ? "many" : "few" }, planTable(walk.steps)),
    list(agreed(profile)),
    profile.note && h("p", { class: "written" }, labelled(t("Note"), noteOf(profile.note))),
    h("p", { class: "small" }, t("Stop if you feel dizzy, short of breath, chest pain, or more pain.")),
    program && h("p", { class: "small" }, t(program.disclaimer)),
    h(
      "footer",
      {},
      h("span", {}, t("Therapist")),
      h("span", {}, t("Date")),
    ),
  );
}

function agreed(profile) {
  const { limits, schedule, progression } = profile;
  const stop = { ...resolved(schemaAt("stop_rules")).default, ...schemaAt("stop_rules").default };
  Object.assign(stop, profile.stop_rules);
  return [
    [
      t("Limits"),
      t("up to {speed} km/h, {incline} % and {minutes} minutes", {
        speed: limits.max_kmh,
        incline: limits.max_incline_pct ?? 0,
        minutes: limits.max_session_min,
      }),
    ],
    schedule && [
      t("Schedule"),
      t("{sessions} a week for {weeks} weeks", {
        sessions: schedule.sessions_per_week,
        weeks: schedule.weeks,
      }),
    ],
    progression && [
      t("Progression"),
      t("after {sessions} sessions, one at a time: {what}", {
        sessions: progression.every_sessions,
        what: added(progression),
      }),
    ],
    [
      t("Stop rules"),
      t("pain {pain} of 10 or more, pain risen by {rise}, exertion {rpe} or more", {
        pain: stop.pain_at_or_above,
        rise: stop.pain_rise,
        rpe: stop.rpe_at_or_above,
      }),
    ],
    [t("Hands on the rails"), choiceOf("rails", profile.rails ?? "both")],
    [t("Safety questions"), profile.screening_cleared ? t("screened by the therapist") : t("asked before each session")],
    [t("Language at the kiosk"), choiceOf("language", profile.language ?? "")],
  ].filter(Boolean);
}

/** What a progression adds, in its order; a dash for nothing. */
function added({ add_min: minutes = 0, add_kmh: speed = 0, add_incline_pct: incline = 0 }) {
  const parts = [
    minutes > 0 && t("+{minutes} min", { minutes }),
    speed > 0 && t("+{speed} km/h", { speed }),
    incline > 0 && t("+{incline} %", { incline }),
  ];
  return parts.filter(Boolean).join(", ") || "–";
}

function choiceOf(path, value) {
  const found = FIELDS[path].choices?.find(([key]) => key === value);
  return t(found?.[1] ?? String(value));
}

/** A note of very many lines would take the page: they are set behind each other. */
function noteOf(note) {
  return note.split("\n").length > MOST_LINES ? note.replace(/\s*\n\s*/g, " / ") : note;
}

function list(pairs) {
  return h("dl", {}, pairs.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))));
}

