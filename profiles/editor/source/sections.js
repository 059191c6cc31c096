// The form: who, what is walked, how much at most, how it goes on, when it stops.

import { h } from "./dom.js";
import { numbered, toProfile } from "./draft.js";
import { hub } from "./hub.js";
import { fieldFor } from "./inputs.js";
import { t } from "./language.js";
import { planSection } from "./planning.js";

/** @typedef {import("./inputs.js").Desk} Desk */

/** @param {Desk} desk @returns {HTMLElement[]} what stands before the preview where it is narrow */
export function firstSections(desk) {
  return [
    section("person", t("Person"), null, [
      grid(desk, ["display_name", "code", "pin", "language", "rails"]),
      fieldFor(desk, "screening_cleared"),
    ]),
    planSection(desk),
    section("limits", t("Limits"), t("No session and no step of the progression goes over them."), [
      grid(desk, ["limits.max_kmh", "limits.max_incline_pct", "limits.max_session_min"]),
    ]),
  ];
}

/** @param {Desk} desk @returns {HTMLElement[]} */
export function lastSections(desk) {
  return [
    optional(desk, "schedule", t("Schedule"), t("Set how often somebody should come"), [
      "schedule.sessions_per_week",
      "schedule.weeks",
    ]),
    optional(
      desk,
      "progression",
      t("Progression"),
      t("Let the sessions grow"),
      [
        "progression.every_sessions",
        "progression.add_min",
        "progression.add_kmh",
        "progression.add_incline_pct",
      ],
      t("One at a time: minutes until the longest session, then speed, by at most a tenth a week, then incline. A therapist releases each step at the kiosk, unless set to automatic there."),
      h("p", { class: "hint", id: "growth-note", role: "status" }, growthWords(desk.draft)),
    ),
    section(
      "stop",
      t("Stop rules"),
      t("One of these in a session holds the profile until a therapist releases it. They may be stricter than 6, 2 and 15, not laxer."),
      [
        grid(desk, [
          "stop_rules.pain_at_or_above",
          "stop_rules.pain_rise",
          "stop_rules.rpe_at_or_above",
        ]),
      ],
    ),
    section("validity", t("Version and dates"), null, [
      grid(desk, ["version", "issued_on", "expires_on"]),
      versionNote(desk.draft),
    ]),
    section("note", t("Note"), null, [fieldFor(desk, "note")]),
  ];
}

/** @param {import("./draft.js").Draft} draft */
export function versionWords(draft) {
  const { origin, values } = draft;
  if (!origin || values.version === origin.version) return "";
  return t("Until now version {old}; saved as version {new}.", {
    old: origin.version,
    new: values.version,
  });
}

/** @param {import("./draft.js").Draft} draft */
export function growthWords(draft) {
  const { progression } = toProfile(draft);
  if (!progression) return "";
  const { add_min = 0, add_kmh = 0, add_incline_pct = 0 } = progression;
  const none = [add_min, add_kmh, add_incline_pct].every((one) => one === 0);
  return none ? t("All three are 0: nothing will grow.") : "";
}

const versionNote = (draft) =>
  h("p", { class: "hint", id: "version-note" }, versionWords(draft));

/** @param {string} id @param {string} title @param {string | null} lead @param {any[]} content */
function section(id, title, lead, content) {
  return h(
    "section",
    { class: "card", "aria-labelledby": `h-${id}` },
    h("h2", { id: `h-${id}` }, title),
    lead && h("p", { class: "lead" }, lead),
    content,
  );
}

function grid(desk, paths) {
  return h("div", { class: "grid" }, paths.map((path) => fieldFor(desk, path)));
}

/**
 * @param {Desk} desk @param {string} part @param {string} title @param {string} words
 * @param {string[]} paths @param {string | null} [lead] @param {HTMLElement | null} [note]
 */
function optional(desk, part, title, words, paths, lead = null, note = null) {
  const id = `has-${part}`;
  const { draft } = desk;
  const toggle = ({ target }) => {
    draft.has[part] = target.checked;
    numbered(draft);
    hub.render(id);
  };
  return section(part, title, lead, [
    h(
      "div",
      { class: "field flag" },
      h("input", { type: "checkbox", id, checked: draft.has[part], onchange: toggle }),
      h("label", { for: id }, words),
    ),
    draft.has[part] && grid(desk, paths),
    draft.has[part] && note,
  ]);
}
