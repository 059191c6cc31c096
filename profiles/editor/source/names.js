// First names as people type them on a kiosk, as profiles/names.py has them: without capitals,
// accents and surnames.

const TOP = "\u0345"; // the mark that goes behind all others when marks are put in order

/** What two names have in common when a person would take them for the same. @param {string} name */
export function nameKey(name) {
  const plain = folded(name.normalize("NFKC")).normalize("NFKD");
  const letters = [...plain].filter((char) => !isMark(char)).join("");
  return letters.split(/[^\S\ufeff]+/).find(Boolean) ?? "";
}

/** Without capitals; "ß" and "ss" are one, and both small sigmas, but not "ı" and "i". */
function folded(text) {
  const parts = text.split("ı").map((part) => part.toLowerCase().toUpperCase().toLowerCase());
  return parts.join("ı").replaceAll("ς", "σ");
}

/** Whether a character combines with the one before it: then it changes places with the last. */
function isMark(char) {
  if (char === TOP) return true;
  const two = `a${TOP}${char}`;
  return two.normalize("NFD") !== two;
}
