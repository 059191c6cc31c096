// What is walked: a plan with what a progression added, as profiles/planned.py has it. The profile
// must be sound.

import { programOf } from "./data.js";

/**
 * @typedef {{name: string, s: number, low_kmh: number, high_kmh: number, incline_pct: number}} Step
 * @typedef {{min: number, kmh: number, incline: number}} Added
 * @typedef {{steps: Step[], main: Step, minutes: number, cap: number}} Walk
 */

export const NOTHING = Object.freeze({ min: 0, kmh: 0, incline: 0 });

/** @param {number} value */
export const rounded = (value) => Math.round(value * 1e6) / 1e6;

/** @param {any} profile @param {Added} [added] @returns {Walk} */
export function walkOf(profile, added = NOTHING) {
  const { limits, plan } = profile;
  const { steps, main, minutes, cap } = plan.program
    ? ofProgram(programOf(plan.program), limits, added)
    : ofSteps(plan.steps, limits, added);
  const own = steps[main];
  const high = Math.min(own.high_kmh + added.kmh, cap);
  steps[main] = {
    ...own,
    high_kmh: rounded(high),
    low_kmh: rounded(Math.min(own.low_kmh + added.kmh, high)),
    incline_pct: Math.min(rounded(own.incline_pct + added.incline), limits.max_incline_pct ?? 0),
  };
  return { steps, main: steps[main], minutes, cap };
}

function ofProgram(program, limits, added) {
  const begin = Math.min(program.default_minutes, limits.max_session_min) + added.min;
  const minutes = Math.min(begin, limits.max_session_min);
  const fixed = program.steps.reduce((sum, step) => sum + (step.s ?? 0), 0);
  return {
    steps: program.steps.map((step) => ({
      incline_pct: 0,
      ...step,
      s: step.s ?? Math.round(minutes * 60) - fixed,
    })),
    main: program.steps.findIndex((step) => step.s === undefined),
    minutes,
    cap: Math.min(limits.max_kmh, program.cap_kmh),
  };
}

/** The main step of steps of one's own is the longest, the first of several. */
function ofSteps(own, limits, added) {
  const steps = own.map(({ min, ...step }) => ({ incline_pct: 0, ...step, s: min * 60 }));
  const longest = Math.max(...steps.map((step) => step.s));
  const main = steps.findIndex((step) => step.s === longest);
  const sum = rounded(own.reduce((all, step) => all + step.min, 0));
  const minutes = Math.min(rounded(sum + added.min), limits.max_session_min);
  steps[main] = { ...steps[main], s: steps[main].s + (minutes - sum) * 60 };
  return { steps, main, minutes, cap: limits.max_kmh };
}
