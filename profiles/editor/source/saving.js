// A file out of the page: plain, or encrypted to a kiosk's key. Nothing else ever leaves it.

import { Encrypter } from "age-encryption";

const MOST_INDENTED = 512 * 1024; // a large bundle is written without the spaces for people
// Other kinds of recipient exist; the kiosk has one of this kind.
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;

/** @param {any} file a profile or a bundle as JSON @returns {Uint8Array<ArrayBuffer>} */
export function encoded(file) {
  const spaced = JSON.stringify(file, null, 2);
  const text = spaced.length > MOST_INDENTED ? JSON.stringify(file) : spaced;
  return new TextEncoder().encode(`${text}\n`);
}

/** Whether it is the public half of a kiosk's key, whole and without a slip. @param {string} key */
export function isRecipient(key) {
  if (!RECIPIENT.test(key)) return false;
  try {
    new Encrypter().addRecipient(key); // knows the checksum
    return true;
  } catch {
    return false;
  }
}

/** @param {Uint8Array} content @param {string} key @returns {Promise<Uint8Array<ArrayBuffer>>} an age file */
export async function encrypted(content, key) {
  const encrypter = new Encrypter();
  encrypter.addRecipient(key);
  return new Uint8Array(await encrypter.encrypt(content));
}

/**
 * Hand a file to the browser's downloads.
 * @param {string} name @param {Uint8Array<ArrayBuffer>} content
 */
export function download(name, content) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Whether a file is one of age's, binary or armored. @param {Uint8Array} content */
export function isEncrypted(content) {
  const head = new TextDecoder("latin1").decode(content.subarray(0, 200)).trimStart();
  return head.startsWith("age-encryption.org/") || head.startsWith("-----BEGIN AGE ENCRYPTED FILE-");
}
