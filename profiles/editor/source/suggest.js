// Codes and PINs by chance, from the browser's source for keys.

const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"; // none that look alike, no U: fewer words
const PIN_DIGITS = 4;
// What people try first: 1234 and its like, the same digit again and again, and years.
const WEAK = /^(\d)\1+$|^(0123|1234|2345|3456|4567|5678|6789|7890|9876|8765|7654|6543|5432|4321|3210)$|^(19|20)\d\d$/;

/** @param {Set<string>} taken @returns {string} like P-7F3K, and not one of those */
export function code(taken) {
  for (;;) {
    const made = `P-${pick(LETTERS, 4)}`;
    if (!taken.has(made)) return made;
  }
}

/** @returns {string} four digits, none of the first that are tried */
export function pin() {
  for (;;) {
    const made = pick("0123456789", PIN_DIGITS);
    if (!WEAK.test(made)) return made;
  }
}

/** So many of the letters, each as likely as any other. */
function pick(letters, count) {
  const even = 256 - (256 % letters.length);
  let made = "";
  while (made.length < count) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < even) made += letters[byte % letters.length];
  }
  return made;
}
