/** What stands for a class: letters and digits first, since most values may begin and end with them. */
const ALPHABET = [...'x1aX-_./:@ !#%+=,;~"\'()[]{}<>|&*?$^\\'];

/** More repetitions, groups in groups and characters are not written. */
const LIMITS = { repeat: 64, depth: 20, length: 1_000 } as const;

const ESCAPES: Readonly<Record<string, string>> = { d: '1', w: 'x', s: ' ', D: 'x', W: '-', S: 'x', t: '\t', n: '\n' };

/** Reads a pattern of RE2 or JavaScript from the left; `text` of an alternative is the shortest that it takes. */
class Reader {
  private at = 0;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  private eat(token: string): boolean {
    if (!this.pattern.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** The whole pattern; undefined where something in it is not understood. */
  whole(): string | undefined {
    const text = this.alternatives(0);
    return this.at === this.pattern.length ? text : undefined;
  }

  /** Of alternatives the first; the others are read past. */
  private alternatives(depth: number): string | undefined {
    if (depth > LIMITS.depth) return undefined;
    const first = this.sequence(depth);
    while (first !== undefined && this.eat('|')) if (this.sequence(depth) === undefined) return undefined;
    return first;
  }

  private sequence(depth: number): string | undefined {
    let text = '';
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at] ?? '')) {
      const one = this.item(depth);
      const times = one === undefined ? undefined : this.times();
      if (one === undefined || times === undefined || text.length + one.length * times > LIMITS.length)
        return undefined;
      text += one.repeat(times);
    }
    return text;
  }

  /** One character, class or group. */
  private item(depth: number): string | undefined {
    if (this.eat('(')) {
      if (this.eat('?')) {
        const kind = /^(?::|P?<[A-Za-z]\w*>|i:)/.exec(this.pattern.slice(this.at))?.[0];
        // Flags of all that follows stand for nothing themselves; what looks around is not read.
        if (kind === undefined) return this.eat('i)') || this.eat('s)') || this.eat('m)') ? '' : undefined;
        this.at += kind.length;
      }
      const inside = this.alternatives(depth + 1);
      return this.eat(')') ? inside : undefined;
    }
    if (this.pattern[this.at] === '[') return this.class();
    const char = this.pattern[this.at++] ?? '';
    if (char === '^' || char === '$') return '';
    if (char === '.') return 'x';
    if (char !== '\\') return '*+?'.includes(char) ? undefined : char;
    const escaped = this.pattern[this.at++] ?? '';
    if ('bAz'.includes(escaped)) return '';
    return ESCAPES[escaped] ?? (/[A-Za-z0-9]/.test(escaped) ? undefined : escaped);
  }

  private class(): string | undefined {
    const found = /^\[\^?\]?(?:\\.|[^\]\\])*\]/.exec(this.pattern.slice(this.at))?.[0];
    if (found === undefined || found.includes('[:')) return undefined;
    this.at += found.length;
    try {
      const one = new RegExp(`^${found}$`);
      return ALPHABET.find((char) => one.test(char)) ?? [...found].find((char) => one.test(char));
    } catch {
      return undefined;
    }
  }

  /** How often the last item has to stand there at least. */
  private times(): number | undefined {
    const found = /^(?:[*+?]|\{(\d{1,3})(?:,\d*)?\})[?+]?/.exec(this.pattern.slice(this.at));
    if (!found) return 1;
    this.at += found[0].length;
    const least = found[1] === undefined ? (found[0].startsWith('+') ? 1 : 0) : Number(found[1]);
    return least > LIMITS.repeat ? undefined : least;
  }
}

/** A short text that a regular expression takes, made from the expression and never by running it; undefined where it is not understood. */
export const regexExample = (pattern: string): string | undefined => new Reader(pattern).whole();
