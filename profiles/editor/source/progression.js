// How the sessions may grow, as profiles/progression.py has it: minutes first, then speed, then
// incline. A preview: every session is completed on its day, no stop rule holds the profile, and a
// therapist accepts each step at once.

import { between } from "./days.js";
import { NOTHING, rounded, walkOf } from "./planned.js";

const WEEK = 7;
const WEEKLY_RISE = 0.1;
const SMALLEST_KMH = 0.01;
const MOST_RISES = 60;

/**
 * @typedef {{day: number, minutes: number, low_kmh: number, high_kmh: number,
 *   incline_pct: number}} Session `day` counts from the day of issue
 * @param {any} profile sound, with a schedule
 * @returns {{sessions: Session[], expires: boolean}} `expires`: it ends before the schedule does
 */
export function course(profile) {
  const { sessions_per_week: often, weeks } = profile.schedule;
  const last = between(profile.issued_on, profile.expires_on);
  const sessions = [];
  let state = { added: NOTHING, rises: /** @type {{day: number, from: number}[]} */ ([]) };
  let completed = 0;
  for (let i = 0; i < often * weeks; i += 1) {
    const day = Math.floor(i / often) * WEEK + Math.floor(((i % often) * WEEK) / often);
    if (day > last) return { sessions, expires: true };
    const next = step(profile, state, completed, day);
    if (next) {
      state = next;
      completed = 0;
    }
    const walk = walkOf(profile, state.added);
    const { low_kmh, high_kmh, incline_pct } = walk.main;
    sessions.push({ day, minutes: walk.minutes, low_kmh, high_kmh, incline_pct });
    completed += 1;
  }
  return { sessions, expires: false };
}

/** The next state, or null where nothing rises today. */
function step(profile, state, completed, day) {
  const wanted = profile.progression;
  if (!wanted || completed < wanted.every_sessions) return null;
  const { limits } = profile;
  const { added } = state;
  const { minutes, main, cap } = walkOf(profile, added);
  const longer = toward(minutes, wanted.add_min, limits.max_session_min);
  if (longer > minutes) {
    return { ...state, added: { ...added, min: rounded(added.min + longer - minutes) } };
  }
  const kmh = toward(main.high_kmh, wanted.add_kmh, cap);
  if (kmh - main.high_kmh >= SMALLEST_KMH - 1e-9) return faster(state, main.high_kmh, kmh, day);
  const steeper = toward(main.incline_pct, wanted.add_incline_pct, limits.max_incline_pct ?? 0);
  if (steeper > main.incline_pct) {
    const incline = rounded(added.incline + steeper - main.incline_pct);
    return { ...state, added: { ...added, incline } };
  }
  return null;
}

/** No more than a tenth over what it was at any time in seven days, in hundredths. */
function faster(state, now, wanted, day) {
  const recent = state.rises.filter((rise) => rise.day > day - WEEK);
  const lowest = Math.min(now, ...recent.map((rise) => rise.from));
  const most = Math.trunc(lowest * (1 + WEEKLY_RISE) * 100 + 1e-6) / 100;
  const kmh = Math.min(wanted, most);
  if (kmh - now < SMALLEST_KMH - 1e-9) return null;
  return {
    added: { ...state.added, kmh: rounded(state.added.kmh + kmh - now) },
    rises: [...state.rises, { day, from: now }].slice(-MOST_RISES),
  };
}

function toward(now, add = 0, limit = 0) {
  return add <= 0 ? now : Math.max(now, Math.min(rounded(now + add), limit));
}
