/** The longest run of characters that two texts share, as its place and length in the first. */
function shared(line: string, told: string): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let above = new Uint16Array(told.length + 1);
  for (let row = 0; row < line.length; row++) {
    const runs = new Uint16Array(told.length + 1);
    for (let column = 0; column < told.length; column++) {
      if (line[row] !== told[column]) continue;
      const length = (above[column] ?? 0) + 1;
      runs[column + 1] = length;
      if (length > best.length) best = { at: row - length + 1, length };
    }
    above = runs;
  }
  return best;
}

/** Characters that a line and a sentence share by chance. */
const CHANCE = 8;
/** What is looked at: the product of both bounds the work for one line. */
const LONGEST = 4000;
const TOLD = 400;

/** The object that a sentence begins with: lines name it where they tell nothing of it. */
const SUBJECT = /^[A-Z]\w* [\w./-]+(?:: | is \w+: )/;

/** Clauses of an error that others pass on, each behind a colon: the last says why. */
const CLAUSES = 3;

/** Whether what would be cut off a line is the end of a chain of errors, short enough to stay. */
function isChain(line: string, size: number): boolean {
  const clauses = line.split(': ');
  return clauses.length > CLAUSES && (clauses.at(-1)?.length ?? size) <= size / 2 && !/^\s*[{[<]/.test(line);
}

/**
 * A line cut to a number of characters, so that what the sentence about it tells stays to be seen: its head, unless the part that both
 * share stands further on. What was left out is marked.
 */
export function excerpt(line: string, sentence: string, size = 200): string {
  if (line.length <= size) return line;
  const { at, length } = shared(line.slice(0, LONGEST), sentence.replace(SUBJECT, '').slice(-TOLD));
  if (length < CHANCE || at + length < size)
    return isChain(line, size) ? ends(line, size) : `${line.slice(0, size - 1).toWellFormed()}…`;
  const from = at + Math.floor(Math.min(length, size) / 2) - Math.floor(size / 2);
  if (from + size - 1 >= line.length) return `…${line.slice(1 - size).toWellFormed()}`;
  return `…${line.slice(from, from + size - 2).toWellFormed()}…`;
}

/** What is kept of the head of a text that is cut in its middle. */
const HEAD = 0.4;

/** A text cut in its middle to a number of characters: an error begins with what was tried, and ends with why it failed. */
export function ends(text: string, size: number): string {
  if (text.length <= size) return text;
  const head = text.slice(0, Math.floor(size * HEAD)).replace(/\s+\S*$/, '');
  const tail = text.slice(text.length - (size - head.length - 3)).replace(/^\S*\s+/, '');
  return `${head.toWellFormed()} … ${tail.toWellFormed()}`;
}
