import { reasonOf } from './console/reasons.ts';
import { barePart } from './logs/prefix.ts';

/** Wider than this no chat, mail or note breaks a sentence. */
const WIDEST = 100;
/** Fewer lines than these are no sentence that was broken. */
const FEWEST = 3;
/** More lines no sentence takes. */
const MOST = 40;
/** How messages begin that the API server and its clients write, besides those of events. */
const SAID =
  /^(?:Error from server(?: \(\w+\))?: |Error: (?:UPGRADE FAILED|INSTALLATION FAILED): |admission webhook "|pods "[^"]+" is forbidden: |one or more objects failed to apply|Failed sync attempt to )/;
/** How a line that begins anew looks: a capital, and no name of a kind or a field within a sentence. */
const ANEW = /^(?:[-*•] |[A-Z][\w ]{0,40}:(?:\s|$)|[$#>❯] )/;

/** Lines of one sentence that was broken between words, each as full as its width allows. */
interface Sentence {
  readonly from: number;
  readonly to: number;
  /** By line behind the first: whether it goes on within a word, which alone was wider than the line. */
  readonly within: readonly boolean[];
}

const firstWord = (line: string) => /^\S*/.exec(line)?.[0] ?? '';
const lastWord = (line: string) => /\S*$/.exec(line)?.[0] ?? '';

/** Whether a line goes on in the next: within a word where the word is wider than all lines, between words where the next has no room. */
function goesOn(line: string, next: string, width: number): { within: boolean } | undefined {
  if (/^\s/.test(next) || ANEW.test(next) || barePart(next).time !== undefined) return undefined;
  const split = line.length === width && lastWord(line).length + firstWord(next).length > width;
  if (split) return { within: true };
  return line.length + 1 + firstWord(next).length > width ? { within: false } : undefined;
}

function sentenceIn(lines: readonly string[], from: number, to: number): Sentence | undefined {
  if (to - from < FEWEST || to - from > MOST) return undefined;
  const own = lines.slice(from, to);
  const width = Math.max(...own.map((line) => line.length));
  if (width > WIDEST) return undefined;
  const within: boolean[] = [];
  for (const [at, line] of own.slice(1).entries()) {
    const how = goesOn(own[at] ?? '', line, width);
    if (how === undefined) return undefined;
    within.push(how.within);
  }
  const whole = own.reduce((said, line, at) => `${said}${within[at - 1] === true ? '' : ' '}${line}`);
  const known = reasonOf(whole) !== undefined || SAID.test(whole);
  return known ? { from, to, within } : undefined;
}

/**
 * Sentences of Kubernetes that a chat, a mail or a note broke between words. Told by their words and by how lines are filled: the first word of
 * each had no room in the one before. A paragraph that holds anything else is none.
 */
export function brokenSentences(lines: readonly string[]): Sentence[] {
  const found: Sentence[] = [];
  let from = 0;
  for (let at = 0; at <= lines.length; at++) {
    if (at < lines.length && (lines[at] ?? '').trim() !== '') continue;
    const sentence = sentenceIn(lines, from, at);
    if (sentence !== undefined) found.push(sentence);
    from = at + 1;
  }
  return found;
}
