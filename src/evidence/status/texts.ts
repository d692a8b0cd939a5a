import { isObject, type Json, objects } from '../../json.ts';
import { isEcho } from '../logs/decisive.ts';
import { troubled, wordsOf } from './words.ts';

/** Last words of the names of fields that hold a state; a few kinds write a sentence there. */
export const STATE =
  /^(?:phase|state|status|health|result|verdict|outcome|conclusion|compliant|compliance|robustness|stage)$/;
const MESSAGE = /^(?:message|messages|description|desc|reason|cause|detail|details|explanation|trace|info|note|notes)$/;
export const ERROR = /^(?:error|errors|errmsg|errormsg|failure|failures|problem|problems|issues)$/;
/** What a program printed. */
const LOG = /^(?:logs?|snippet|output|stderr)$/;
/** What was, or was asked for, and what only points elsewhere: not how it is. */
const PAST =
  /^(?:history|recent|runs|attempts|executions|previous|prior|old|former|past|measurements|events|template|spec|inventory|selector|desired|target|parameters|transitions|timestamps)$/;
/** What controllers write where there is nothing to tell. */
const NOTHING = /^(?:|-|null|nil|<nil>|<none>|none|n\/a|no ?errors?|ok|success|false|0)$/i;
/** Longer texts are no message. */
export const MAX_TEXT = 2000;

/** What the name of a field ends in that is written as one word: `buildstatus`. */
const RUN_ON = /^[a-z]{3,}?(phase|status|message|error|(?<!cata|change|back|dia)logs?)$/;

/** The last word of a name, which says what it is. */
export function last(key: string): string {
  const word = wordsOf(key).at(-1) ?? '';
  return RUN_ON.exec(word)?.[1] ?? word;
}

/** Whether a field of this name tells of before, or of what was asked for. */
export function isPast(key: string): boolean {
  const words = wordsOf(key);
  // How what was made from a template is, is how it is now.
  if (/^template status(?:es)?$/.test(words.join(' '))) return false;
  return words.some((word) => PAST.test(word));
}

/** A frame of a trace of the JVM, and the exception that another came of. */
const FRAME = /^\s*at [\w.$/<>]+\([^)]*\)$/;
const CAUSE = /^\s*Caused by: (?=\S)/;

/**
 * The first line of a text; where it ends in a colon, with the line that it announces: of a trace or a log the last that tells of trouble.
 * A trace of the JVM is told by its last cause.
 */
function gist(value: string): string {
  const lines = value.split('\n').filter((line) => line.trim() !== '');
  const cause = lines.some((line) => FRAME.test(line)) ? lines.findLast((line) => CAUSE.test(line)) : undefined;
  if (cause !== undefined) return cause.replace(CAUSE, '').slice(0, MAX_TEXT).trim();
  const first = lines[0]?.slice(0, MAX_TEXT).trim() ?? '';
  if (!first.endsWith(':') || lines.length < 2) return first;
  const told = lines.slice(1).findLast((line) => /^\S/.test(line) && troubled(line)) ?? lines[1] ?? '';
  return `${first} ${told.slice(0, MAX_TEXT).trim()}`;
}

/** Lists in which an error keeps what it came from, the outermost first. */
const CHAINS = ['throwableList', 'causes', 'errorChain'];

/** Errors are wrapped in one another, as JSON in a text too, no deeper than this. */
const MAX_NESTED = 6;

/** The object that a text is, written as JSON. */
export function objectIn(value: string): Json | undefined {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The texts of a field that holds a message, a list of them, or objects that have one. */
export function textsOf(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') {
    if (NOTHING.test(value.trim())) return [];
    const parsed = depth < MAX_NESTED ? objectIn(value) : undefined;
    const within = parsed === undefined ? [] : textsOf(parsed, depth + 1);
    return within.length > 0 ? within : [gist(value)];
  }
  if (Array.isArray(value)) return value.slice(0, 10).flatMap((one) => textsOf(one, depth));
  if (!isObject(value)) return [];
  const own = ['message', 'msg', 'description', 'desc', 'detail', 'reason'].find(
    (key) => textsOf(value[key], MAX_NESTED).length > 0,
  );
  // What it came from says more than what came of it, and the last of several most.
  const chain = [value.cause, ...CHAINS.map((key) => objects(value[key]).at(-1))].find((one) => one !== undefined);
  const cause = depth < MAX_NESTED && chain !== undefined ? textsOf(chain, depth + 1) : [];
  return [...cause, ...(own === undefined ? [] : textsOf(value[own], depth))];
}

/** The last line that tells of trouble in what a program printed: one that says of what, before one that only says so (`Error backup`, `exit status 1`). */
function logged(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const lines = value.split('\n').filter(troubled);
  const line = (lines.findLast((one) => /\S: \S/.test(one) && !isEcho(one)) ?? lines.at(-1))?.trim();
  return line === undefined ? [] : [line.slice(0, MAX_TEXT)];
}

/** Fields of a map that say in words what is the matter, the most telling first. */
export function ownWords(map: Json): string[] {
  const keys = Object.keys(map).filter((key) => ERROR.test(last(key)) || MESSAGE.test(last(key)));
  const rank = (key: string) =>
    wordsOf(key).some((word) => ERROR.test(word)) ? 0 : MESSAGE.test(last(key)) && !/reason$/i.test(key) ? 1 : 2;
  const said = keys.toSorted((a, b) => rank(a) - rank(b)).flatMap((key) => textsOf(map[key]));
  return [...said, ...Object.keys(map).flatMap((key) => (LOG.test(last(key)) ? logged(map[key]) : []))];
}

/** Sentences of trouble under any other name. */
export function sentencesOf(map: Json): string[] {
  return Object.values(map).flatMap((value) =>
    typeof value === 'string' && /\s/.test(value) && value.length <= MAX_TEXT && troubled(value) ? [gist(value)] : [],
  );
}

export function fact(key: string, value: string): string {
  return `${key} is ${value}`;
}
