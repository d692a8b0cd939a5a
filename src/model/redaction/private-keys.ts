import { isSecretValue } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';

const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END_KEY = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A 16384-bit RSA key is 12 KB; behind a log's prefixes, or many times escaped, it is longer. */
const LONGEST_KEY = 64 * 1024;
/** The end of a line of base64, and the headers of RFC 1421 and OpenPGP, behind whatever a log puts before them. */
const MATERIAL =
  /(?:^|[\s|])[A-Za-z0-9+/]{16,}={0,2}\s*$|^\s*[A-Za-z0-9+/]{1,76}={0,2}\s*$|^\s*$|(?:Proc-Type|DEK-Info|Version|Comment|Hash): /;
/** Key material behind the first line's end on the same line: a key in one line. */
const SAME_LINE = /^(?:\s|\\{1,15}[nr]){0,8}[A-Za-z0-9+/]{16,}/;

/** PEM in base64, as kubeconfigs and Secrets hold it; certificates begin alike. */
const ENCODED_KEY = /(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/]{32,}={0,2}/g;

/** PuTTY's private keys: `Private-Lines: 2` and as many lines. */
const PUTTY = /(Private-Lines: \d{1,3}[ \t]*\r?\n)((?:[ \t]*[A-Za-z0-9+/]{1,76}={0,2}[ \t]*(?:\r?\n|$)){1,400})/g;

/** Hides the body of every private key, and of no certificate. A text keeps its lines. */
export function hidePrivateKeys(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  BEGIN_KEY.lastIndex = 0;
  for (let begin = BEGIN_KEY.exec(text); begin !== null; begin = BEGIN_KEY.exec(text)) {
    const body = begin.index + begin[0].length;
    const stop = endOfKey(text, body);
    result += text.slice(from, body) + hideBody(text.slice(body, stop), of);
    from = stop;
    BEGIN_KEY.lastIndex = stop;
  }
  return (result + text.slice(from))
    .replace(PUTTY, (_, head: string, body: string) => head + hideBody(body, of))
    .replace(ENCODED_KEY, (encoded) => {
      const head = Buffer.from(encoded.slice(0, 80), 'base64').toString('latin1');
      return /BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(head) ? of('key', encoded) : encoded;
    });
}

/** Where a key's body ends: at its last line; one that is cut off, where something else than key material follows. */
function endOfKey(text: string, body: number): number {
  BEGIN_KEY.lastIndex = 0;
  const within = text.slice(body, body + LONGEST_KEY);
  // Only up to the next key: each part of a text is searched once.
  const ahead = within.slice(0, BEGIN_KEY.exec(within)?.index);
  END_KEY.lastIndex = 0;
  const end = END_KEY.exec(ahead);
  if (end !== null) return body + end.index;
  const lines = ahead.split('\n');
  const [first = '', ...rest] = lines;
  if (first.trim() !== '') return SAME_LINE.test(first) ? body + first.length : body;
  let length = first.length;
  // What stands right below the first line is the key, whatever it looks like.
  for (const [index, line] of rest.entries()) {
    if (index > 0 && !MATERIAL.test(line)) break;
    length += 1 + line.length;
  }
  return body + length;
}

/** One placeholder in the first line that holds something; the others stay as empty lines. */
function hideBody(body: string, of: PlaceholderOf): string {
  if (!isSecretValue(body.replaceAll(/\\{1,15}[nr]/g, ''))) return body;
  const placeholder = of('key', body);
  const lines = body.split('\n');
  const shown = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  );
  return lines
    .map((line, index) => {
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      const end = index === lines.length - 1 ? /\s*$/.exec(line.slice(indent.length))?.[0] : '';
      return index === shown ? `${indent}${placeholder}${end}` : indent;
    })
    .join('\n');
}
