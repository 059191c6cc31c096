// What the profile will be like on the treadmill, drawn while it is written.

import { planChart, planTable } from "./chart.js";
import { programOf } from "./data.js";
import { h } from "./dom.js";
import { longDay, t } from "./language.js";
import { walkOf } from "./planned.js";
import { course } from "./progression.js";
import { weeksChart, weeksTable } from "./weeks.js";

/**
 * @param {any} profile as JSON, sound or not
 * @param {import("./judge.js").Fault[]} faults
 * @param {number} width pixels
 * @param {{plan: boolean, weeks: boolean}} open which tables are open
 * @returns {HTMLElement[]}
 */
export function preview(profile, faults, width, open) {
  return [
    h(
      "section",
      { class: "card", "aria-labelledby": "h-picture" },
      h("h2", { id: "h-picture" }, t("The plan in pictures")),
      planOf(profile, faults, width, open.plan),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "h-weeks" },
      h("h2", { id: "h-weeks" }, t("How the sessions may grow"), " ", h("span", { class: "tag" }, t("Preview"))),
      weeksOf(profile, faults, width, open.weeks),
    ),
  ];
}

/** What can be drawn of a plan, sound or not. @returns {{steps: any[], limit: number | null}} */
export function drawable(profile, faults) {
  if (!faults.some((fault) => /^(plan|limits)/.test(fault.path))) {
    const walk = walkOf(profile);
    return { steps: walk.steps, limit: walk.cap };
  }
  const { plan, limits } = profile;
  const limit = isKmh(limits.max_kmh) ? limits.max_kmh : null;
  const program = programOf(plan.program);
  if (program) {
    const wide = { max_kmh: 5, max_incline_pct: 10, max_session_min: 60 };
    return { steps: walkOf({ plan, limits: wide }).steps, limit };
  }
  const steps = (plan.steps ?? [])
    .filter((one) => one.min > 0 && one.min <= 60 && isKmh(one.high_kmh))
    .map((one) => ({
      name: one.name ?? "",
      s: one.min * 60,
      high_kmh: one.high_kmh,
      low_kmh: one.low_kmh >= 0 && one.low_kmh <= one.high_kmh ? one.low_kmh : 0,
      incline_pct: one.incline_pct > 0 && one.incline_pct <= 10 ? one.incline_pct : 0,
    }));
  return { steps, limit };
}

const isKmh = (value) => typeof value === "number" && value > 0 && value <= 5;

function planOf(profile, faults, width, isOpen) {
  const { steps, limit } = drawable(profile, faults);
  if (!steps.length) {
    return h("p", { class: "empty" }, t("Choose a program, or write steps, to see them here."));
  }
  return h(
    "div",
    {},
    h("div", { class: "picture" }, planChart(steps, { width, limit })),
    table("plan-table", t("The plan as a table"), planTable(steps), isOpen),
  );
}

function weeksOf(profile, faults, width, isOpen) {
  if (faults.length) {
    return h("p", { class: "empty" }, t("This is drawn when the profile is complete."));
  }
  if (!profile.schedule) {
    return h("p", { class: "empty" }, t("Set a schedule to see the sessions over the weeks."));
  }
  const { sessions, expires } = course(profile);
  const said = profile.progression
    ? t("If every session is completed on time, no stop rule holds the profile, and a therapist accepts each step at once. The kiosk goes by the sessions that are walked.")
    : t("There is no progression: every session is like the first.");
  return h(
    "div",
    {},
    h("p", { class: "hint" }, said),
    expires &&
      h(
        "p",
        { class: "notice" },
        t("The last day, {day}, comes before the schedule is over.", { day: longDay(profile.expires_on) }),
      ),
    h("div", { class: "picture" }, weeksChart(sessions, { width })),
    table("weeks-table", t("The weeks as a table"), weeksTable(sessions), isOpen),
  );
}

function table(id, words, content, isOpen) {
  return h(
    "details",
    { id, open: isOpen },
    h("summary", {}, words),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words }, content),
  );
}
