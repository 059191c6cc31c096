// First names as people type them on a kiosk, as profiles/names.py has them: without capitals,
// accents and surnames.

const TOP = "\u0345"; // the mark that goes behind all others when marks are put in order
/** Letters that Unicode does not take apart. @type {Record<string, string>} */
const LETTERS = {
  ...{ ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe" },
  ...{ ı: "i", ħ: "h", ŧ: "t" },
};
const FOLDED = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");
const MARKS = /['\u2019\u02bc\u2018`\u00b4.]/g; // that no keypad has
const CHEROKEE = /[\u13f8-\u13fd\uab70-\uabbf]/g; // the one script whose small letters become capitals
const TYPED = /^[a-z0-9-]{1,24}$/; // what the kiosk's letters can write

/** What two names have in common when a person would take them for the same. @param {string} name */
export function nameKey(name) {
  // The marks first: one of them would come apart into a space.
  const first = plainer(small(name.normalize("NFC")));
  const plain = small(first.normalize("NFKC")).normalize("NFKD");
  const letters = [...plain].filter((char) => !isMark(char)).join("");
  return plainer(letters).split(/[^\S\ufeff]+/).find(Boolean) ?? "";
}

/** Whether the kiosk's letters can write a first name; else the code alone finds it. @param {string} name */
export const typeable = (name) => TYPED.test(nameKey(name));

const plainer = (text) => text.replace(FOLDED, (char) => LETTERS[char]).replace(MARKS, "");

/** Without capitals; "ß" and "ss" are one, both small sigmas, and "ı" and "i". */
function small(text) {
  const folded = text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
  return folded.replace(CHEROKEE, (char) => char.toUpperCase());
}

/** Whether a character combines with the one before it: then it changes places with the last. */
function isMark(char) {
  if (char === TOP) return true;
  const two = `a${TOP}${char}`;
  return two.normalize("NFD") !== two;
}
