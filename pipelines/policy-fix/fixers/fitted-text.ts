import type { Json } from '../../../src/manifest/json.ts';

/** Behind these a text goes on with a part of its own, which another takes the place of; others only set words apart. */
const PARTS = /[/:=@]/;
const WORDS = /[-_]/;

/**
 * The text that stands there as a pattern of one star wants it to begin or end (`team/*`, `*-prod`), the rest kept: of `old/db`
 * `team/db`, of `web` `web-prod`. Undefined where it is not told what would be kept: between letters, in hosts and URLs.
 */
export function fittedText(now: Json | undefined, pattern: string): string | undefined {
  // A regular expression is no wildcard.
  if (typeof now !== 'string' || now === '' || pattern.startsWith('^') || pattern.includes('://')) return undefined;
  const [, end] = /^\*([^*?|&!]+)$/.exec(pattern) ?? [];
  const [, start] = /^([^*?|&!]+)\*$/.exec(pattern) ?? [];
  const fitted = end === undefined ? (start === undefined ? undefined : started(now, start)) : ended(now, end);
  return fitted === now ? undefined : fitted;
}

function ended(now: string, end: string): string | undefined {
  const between = end.charAt(0);
  if (WORDS.test(between)) return `${now}${end}`;
  const at = PARTS.test(between) ? now.lastIndexOf(between) : -1;
  return at > 0 ? `${now.slice(0, at)}${end}` : undefined;
}

function started(now: string, start: string): string | undefined {
  const between = start.charAt(start.length - 1);
  if (WORDS.test(between)) return `${start}${now}`;
  if (!PARTS.test(between)) return undefined;
  // Of `a.example/ns/db` as `b.example/ns/*` both the first parts go.
  const [parts, wanted] = [now.split(between), start.slice(0, -1).split(between)];
  const shared = wanted.length > 1 && parts.length > wanted.length && parts[wanted.length - 1] === wanted.at(-1);
  const rest = shared ? parts.slice(wanted.length).join(between) : now.slice(now.indexOf(between) + 1);
  return `${start}${rest}`;
}
