/** What may lead each part of a repeated group: a character that means itself. */
const LEAD = String.raw`(?:\\[-./]|[-/:@_,;=])`;
/** One character of some. */
const ATOM = String.raw`(?:\\[wd]|\[(?!\^)[^\]\\()[]+\]|[A-Za-z0-9])`;
const SOME = String.raw`(?:[+*]|\{\d+(?:,\d*)?\})`;
/** `(-[a-z0-9]+)*`, `(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`: a group whose parts each begin with a character, and hold one repetition. */
const LED = new RegExp(
  String.raw`\((?:\?:)?(${LEAD})(${ATOM}*(?:${ATOM}${SOME}${ATOM}*|\((?:\?:)?${ATOM}*${ATOM}${SOME}${ATOM}+\)\?))\)(?:[+*]|\{\d+(?:,\d*)?\})`,
  'g',
);

/**
 * A pattern without the repeated groups in which a text can be found in one way only: where no part holds the character with which
 * the next begins. These take no longer than others.
 */
const withoutLed = (pattern: string): string =>
  pattern.replace(LED, (whole: string, lead: string, rest: string) => {
    const atoms = rest.match(new RegExp(ATOM, 'g')) ?? [];
    return atoms.some((atom) => new RegExp(`^${atom}$`).test(lead.slice(-1))) ? whole : 'x';
  });

/** Whether something repeated holds something repeated, at any depth: a text may be found in it in very many ways. */
function nests(pattern: string): boolean {
  // Of each group that is open, and of the whole, whether something in it is repeated.
  const held = [false];
  for (const [token] of pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\)[+*{]?|./gs)) {
    const closes = token.startsWith(')');
    const inner = closes && held.pop() === true;
    if (inner && token.length > 1) return true;
    if (token === '(') held.push(false);
    else if (inner || /^\)?[+*{]$/.test(token)) held[held.length - 1] = true;
  }
  return false;
}

/** A regular expression (RE2) as JavaScript has it; undefined for one that it may read otherwise, or slowly. */
function readable(pattern: string, text: string): RegExp | undefined {
  const strange = /\(\?(?!:)|\\[AzQCpP]|\[\[:/;
  if (pattern.length > 200 || text.length > 1_000 || strange.test(pattern) || nests(withoutLed(pattern)))
    return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

/**
 * Whether a regular expression (RE2) fits a text; undefined for one that is not read here. The engine has the last word, this only
 * saves looking at what does not matter.
 */
export const regexFits = (pattern: string, text: string): boolean | undefined => readable(pattern, text)?.test(text);

/** The first part of a text that it fits, empty where none is; undefined for one that is not read here. */
export function regexFound(pattern: string, text: string): string | undefined {
  const regex = readable(pattern, text);
  return regex === undefined ? undefined : (regex.exec(text)?.[0] ?? '');
}
