// What the parts of the page ask of the whole, so that none of them needs to know it.

export const hub = {
  /** Draw everything anew, with the focus where it was or at an element. @type {(id?: string) => void} */
  render: () => {},
  /** Judge anew, and show it: faults, pictures, counts. @type {() => void} */
  refresh: () => {},
  /**
   * Tell it to a screen reader, and for a while to everybody; asked for again in another language.
   * @type {(words: () => string) => void}
   */
  say: () => {},
};
