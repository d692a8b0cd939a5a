import {
  isEverydayWord,
  isFieldName,
  isObjectName,
  isReference,
  isSecretKey,
  isSecretValue,
  SECRET_WORD,
} from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { encodedValueAt, lineBefore, valueAt } from './values.ts';
import { blockEnd, hideLines } from './variables.ts';

/** `name=value`, `name: value`, `"name":"value"`, with JSON's escaped quotes or percent-encoded, too. */
const ASSIGNMENT = new RegExp(
  `(${SECRET_WORD})(\\\\{0,15}["']?\\s{0,40}(?:=>|:=|=|:(?!:))[ \\t]{0,64}|(?:%22)?%3[AD](?:%22)?)(\\\\{0,15}["'])?`,
  'gi',
);

/** What Terraform prints of a change: `"old" -> "new"`. */
const CHANGED = /\\{0,15}["'] -> (\\{0,15}["'])/y;

const ELEMENT = new RegExp(`(<(?:\\w{1,32}:)?[\\w.-]{0,64}?(?:${SECRET_WORD})>)([^<>\\r\\n]{1,4096})(?=</)`, 'gi');

/** `password "x"`, `password is 'x'`: a sentence that quotes one. */
const QUOTED =
  /(\b(?:password|passphrase|passwd|passcode)(?: is| was| of|:)?[ \t]{1,4}(\\{0,15}["'`]))([^\s"'`\\][^"'`\r\n\\]{0,255})(?=\\{0,15}["'`])/gi;
/** `with password x1`: a sentence that only says it; what has no digit is the next word of the sentence. */
const SPOKEN =
  /(\b(?:(?:with|using|the|my) (?:password|passphrase|passcode)(?: is| was)?|login \S{1,64} password|(?:password|passphrase|passcode) (?:is|was))[ \t]{1,4})(?=[^\s\d"'`]{0,64}\d)(?=[^\sA-Za-z"'`]{0,64}[A-Za-z])(?!(?:scram|sha|md5|bcrypt|pbkdf|argon|\[)[\w-])([^\s"'`,;)\\]{6,256})/gi;
/** Of a configuration in which a blank separates names and values. */
const DIRECTIVE = /(^[ \t]{0,16}(?:requirepass|masterauth|sasl_passwd)[ \t]{1,8}["']?)([^\s"']{1,512})/gm;

/** Hides values behind names of secrets. Quoted ones end at their quote, bare ones at white space or a separator, blocks with their lines. */
export function hideAssignments(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  ASSIGNMENT.lastIndex = 0;
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    const [whole, word = '', separator = '', quote] = match;
    let start = match.index + whole.length;
    const before = text.slice(Math.max(from, match.index - 64), match.index);
    const name = (/[\w.-]{0,64}$/.exec(before)?.[0] ?? '') + word;
    if (!isSecretKey(name) || isReference(text.slice(start, start + 8))) continue;
    const kind = /pass|pwd/i.test(name) ? 'password' : 'secret';
    const indicator = quote === undefined && separator.includes(':') ? blockAt(text, start) : undefined;
    if (indicator !== undefined) {
      const { body, escaped } = indicator;
      // `- password: |` and `password: |` stand as far in as the name does.
      const line = lineBefore(text, match.index).replace(/^.*\\n/, '');
      const column = line.length - line.replace(/^[ \t+-]*/, '').length;
      const end = blockEnd(text, start, column, escaped, text.length);
      if (end <= body) continue;
      result += text.slice(from, body) + hideLines(text.slice(body, end), of);
      from = end;
      ASSIGNMENT.lastIndex = Math.max(from, start);
      continue;
    }
    const encoded = separator.includes('%');
    let secret = encoded ? encodedValueAt(text, start) : valueAt(text, start, quote);
    // The bracket of a list in one line is no part of its first item.
    const bracket =
      quote === undefined && separator.includes(':') ? /^\[(?!redacted:)(?=[\w.-]|\[redacted:)/.exec(secret) : null;
    if (
      bracket !== null &&
      /^(?:[^\r\n[\]]|\[redacted:[^\]]*\])*\](?:[\s,}\\]|$)/.test(text.slice(start + 1, start + 1024))
    ) {
      start++;
      secret = secret.slice(1);
    }
    if (secret === '' || !isSecretValue(secret)) continue;
    // A mapping has names of its own; a block whose lines are not there hides nothing.
    if (
      quote === undefined &&
      (/^\{\s*\\{0,15}["']?[\w.-]{1,64}\\{0,15}["']?:/.test(text.slice(start, start + 128)) ||
        /^(?:[|>][+-]?|[[({]+)$/.test(secret) ||
        // A list's items were looked at by themselves; those of `["must not be empty"]` are words.
        /^\[\s*\\{0,15}["'][A-Za-z]+ [a-z]/.test(text.slice(start, start + 64)))
    )
      continue;
    // `secret=word` of a command line or URL is a value; `secret: word` and `secret="word"` name an object.
    const named = quote !== undefined || separator.includes(':');
    if (named && (isObjectName(name, secret) || isFieldName(name, secret))) continue;
    if (quote === undefined && !encoded) {
      const own = lineBefore(text, match.index - (name.length - word.length));
      if (isProse(text, name, separator, secret, start, own)) continue;
      if (/^(?:OLD)?PWD$/.test(name) && /^[/\\]|^[A-Za-z]:/.test(secret)) continue;
      if (/:[ \t]/.test(separator) && /^[\s+-]*$/.test(own)) secret = restOfLine(text, start, secret);
    }
    result += text.slice(from, start) + of(kind, secret);
    from = start + secret.length;
    CHANGED.lastIndex = from;
    const changed = quote === undefined ? null : CHANGED.exec(text);
    if (changed !== null) {
      const next = valueAt(text, from + changed[0].length, changed[1]);
      const at = from + changed[0].length;
      result += changed[0] + (isSecretValue(next) ? of(kind, next) : next);
      from = at + next.length;
    }
    ASSIGNMENT.lastIndex = from;
  }
  const keepHead = (_: string, head: string, ...rest: (string | number)[]): string => {
    const secret = String(rest.slice(0, -2).at(-1));
    return isSecretValue(secret) && isSecretValue(secret.split(/\s/)[0] ?? '') ? `${head}${of('password', secret)}` : _;
  };
  return (result + text.slice(from))
    .replace(ELEMENT, keepHead)
    .replace(QUOTED, keepHead)
    .replace(SPOKEN, keepHead)
    .replace(DIRECTIVE, keepHead);
}

const BLOCK = /[|>][+\-\d]{0,2}[ \t]{0,8}(?:#[^\r\n\\]{0,200})?(\r?\n|\\{1,15}n)/y;

/** Where the lines of a YAML block begin, where a value is one. */
function blockAt(text: string, start: number): { body: number; escaped: boolean } | undefined {
  BLOCK.lastIndex = start;
  const block = BLOCK.exec(text);
  if (block === null) return undefined;
  return { body: start + block[0].length, escaped: block[1]?.startsWith('\\') === true };
}

/** A plain YAML value may have blanks; what is followed by another name is a line of a log. */
function restOfLine(text: string, start: number, secret: string): string {
  const line = /^[^\r\n]*/.exec(text.slice(start, start + 4096))?.[0] ?? '';
  const value = (/^(?:[^\s\\]|\s(?![\s#])|\\(?!n))*/.exec(line)?.[0] ?? '').trimEnd();
  return value.length > secret.length && !/[=:]\s|\w=|["'{}[\]]/.test(value.slice(secret.length)) ? value : secret;
}

/**
 * `invalid token: unexpected EOF`, `pull secret: regcred`, `PASS: TestLogin`: a sentence goes on behind the colon. `own` is what stands before
 * the name on its line.
 */
function isProse(text: string, name: string, separator: string, value: string, start: number, own: string): boolean {
  if (isEverydayWord(name)) {
    if (/^\d+[\d.,]*$/.test(value)) return true;
    // An indented or aligned `pass: x` alone on its line is a setting; `PASS: x` tells how a test ended.
    if (!separator.includes(':')) return false;
    const alone =
      /^[\s-]*$/.test(own) && /^[ \t]*(?:[\r\n]|$)/.test(text.slice(start + value.length, start + value.length + 64));
    return !alone || (name === name.toUpperCase() && !/[ \t]{2}$/.test(separator));
  }
  if (!separator.includes(':') || /^[A-Z0-9_]+$/.test(name)) return false;
  // `Application argocd/season-pass: …` speaks of an object.
  if (own.endsWith('/') && /(?:key|secret|token|salt|pass)$/.test(name)) return true;
  const ordinary = value.length < 24 && /^[A-Z]?[a-z.-]+$/.test(value);
  // `invalid credentials: InvalidAccessKeyId`: what says how it failed is no random value.
  if (/(?:credentials?|creds)$/i.test(name) && !/^[\s+-]*$/.test(own))
    return value.length < 8 || !/\d/.test(value) || !/[A-Za-z]/.test(value);
  if (/^(?:secret|token)$/i.test(name)) return value.length < 8 || ordinary;
  return (
    /(?:key|secret|token|salt|pass)$/i.test(name) &&
    ordinary &&
    /^[ \t]+\w/.test(text.slice(start + value.length, start + value.length + 16))
  );
}
