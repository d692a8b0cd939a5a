const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const END_KEY = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const DATA = /^(\s*)"?(?:data|stringData)"?:\s*\{?\s*$/;
const VALUE = /^\s*(?:- )?"?value"?\s*:/;
/** No key has more lines; a log in which one was cut off goes on. */
const KEY_LINES = 400;

/**
 * Tells which lines of a log may stand by themselves. Secrets of several lines (private keys, the data of a Secret, the value
 * below the name of a variable) are recognised by what stands around them, and an excerpt could keep a part without it.
 */
export class SecretGuard {
  #key = 0;
  #indent = -1;

  /** Whether the next line may be kept. */
  allows(line: string): boolean {
    if (this.#key > 0) {
      this.#key = END_KEY.test(line) ? 0 : this.#key - 1;
      return false;
    }
    if (line.includes('-----BEGIN')) {
      const begin = BEGIN_KEY.exec(line);
      if (begin !== null && !END_KEY.test(line.slice(begin.index))) {
        this.#key = KEY_LINES;
        return false;
      }
    }
    if (this.#indent >= 0) {
      const indent = line.length - line.trimStart().length;
      if (line.trim() === '' || indent > this.#indent) return false;
      this.#indent = -1;
    }
    const colon = line.indexOf(':');
    if (colon < 0 || colon > 200) return true;
    const data = DATA.exec(line);
    if (data !== null) this.#indent = (data[1] ?? '').length;
    return !VALUE.test(line);
  }
}
