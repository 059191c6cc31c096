// What the build, and the kiosk that wrote the page onto a stick, put into it.

/** @param {string} id */
const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");

/** The schema of a profile, as the kiosk has it. @type {any} */
export const SCHEMA = read("sternway-schema");

/**
 * @typedef {{name: string, s?: number, low_kmh: number, high_kmh: number, incline_pct?: number}}
 *   Pattern a step of a program; the one without `s` (seconds) takes the rest of the minutes
 * @typedef {{id: string, version: number, name: string, tagline: string, purpose: string,
 *   evidence: string, evidence_grade: string, dose: string, disclaimer: string, cap_kmh: number,
 *   minutes: number[], default_minutes: number, steps: Pattern[]}} Program
 * @type {Program[]} in the order of the kiosk's cards
 */
export const PROGRAMS = read("sternway-programs");

/** Translations by language, then by English text. @type {Record<string, Record<string, string>>} */
export const LOCALES = read("sternway-locales");

/** @type {{name: string, version: string, license: string, text: string}[]} */
export const LICENCES = read("sternway-licences");

/**
 * The kiosk that the page was made for; null for a page from elsewhere.
 * @type {{place: string, kiosk_id: string, age_recipient: string} | null}
 */
export const KIOSK = read("sternway-kiosk");

/** @param {string} id @returns {Program | undefined} */
export const programOf = (id) => PROGRAMS.find((one) => one.id === id);

/** The most incline of a program, percent. @param {Program} program */
export const steepest = (program) =>
  Math.max(...program.steps.map((step) => step.incline_pct ?? 0));
