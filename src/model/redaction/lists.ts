import { isFieldName, isObjectName, isSecretKey, isSecretValue, SECRET_WORD } from './keys.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { lineBefore } from './values.ts';

/*
 * Several values under one name: `passwords: [a, b]`, the same with one item a line, as JSON, HCL or YAML, also within strings, and
 * `passwords: {alice: a}`; `tokens: [{name: ci, value: a}]`, of which the values count; and `PASSWORDS=a,b`. The time is linear: each list is read once, over a bounded distance.
 */

/** A name in the singular or plural, and what opens a list or mapping behind it: a bracket, or the end of the line. */
const OPENS = new RegExp(
  `(${SECRET_WORD}|credentials?)(s?)\\\\{0,15}["']?[ \\t]{0,40}(?:=>|:=|=|:(?!:))[ \\t]{0,64}(?:([[{](?!redacted:))|(?:\\r?\\n|\\\\{1,15}n)(?=[ \\t]{0,64}(?:- |\\\\{0,15}["']?[\\w.@-]{1,64}\\\\{0,15}["']?:[ \\t])))`,
  'gi',
);
const LONGEST_LIST = 16 * 1024;

/** A quoted or bare item of a flow list, with the name before it in a mapping. Sticky. */
const ITEM =
  /((?:\s|\\{1,15}[nrt]){0,256}(?:(?:\\{0,15}["'])?[\w.@-]{1,64}(?:\\{0,15}["'])?[ \t]{0,8}[:=](?!:)[ \t]{0,8})?)(?:(\\{0,15})(["'])([^\r\n]{0,4096}?)(?<!\\)\2\3|([^\s"'\\,\]}[{][^\s"'\\,\]}]{0,4095}))(?:\s|\\{1,15}[nrt]){0,256}(,|(?=[\]}]))/y;
/** A line of a block list or mapping: its indentation, and its value. */
const ROW =
  /^([ \t]*)(- +|\\{0,15}["']?[\w.@-]{1,64}\\{0,15}["']?:[ \t]+)(\\{0,15}["'])?([^\r\n]*?)\3?((?:[ \t]+#[^\r\n]*)?\s*)$/;

/** A mapping as an item of a flow list. Sticky. */
const MAPPING = /((?:\s|\\{1,15}[nrt]){0,256}\{)([^{}]{0,4096})(\}(?:\s|\\{1,15}[nrt]){0,256})(,|(?=\]))/y;
/** Its member `value`. */
const VALUE_MEMBER =
  /((?<![\w.-])value(?:\\{0,15}["'])?[ \t]{0,8}:[ \t]{0,8})(?:(\\{0,15}["'])([^\r\n]{0,4096}?)(?<!\\)\2|([^\s"'\\,\]}[{][^\s"'\\,\]}]{0,4095}))/g;
/** A name in the plural, and behind it values with commas between. */
const SEPARATED = new RegExp(
  `(${SECRET_WORD})s([ \\t]{0,8}=[ \\t]{0,8}|:[ \\t]{1,8})(["']?)([^\\s,;"'&=[\\]{}()]{1,256}(?:,[ ]?[^\\s,;"'&=[\\]{}()]{1,256}){0,64})(?=\\3(?:[\\s;&]|$))`,
  'gi',
);

/** Words of a sentence: `passwords: [must not be empty]`. */
const SENTENCE = /^[A-Za-z][\w'-]*(?: [A-Za-z'-]+| \d{1,3}(?= ))+[.!]?$/;

/** Hides the items of lists, and the values of mappings whose name is the plural of a password's. */
export function hideLists(text: string, of: PlaceholderOf): string {
  let result = '';
  let from = 0;
  OPENS.lastIndex = 0;
  for (let match = OPENS.exec(text); match !== null; match = OPENS.exec(text)) {
    const [whole, word = '', plural = '', bracket] = match;
    const before = text.slice(Math.max(from, match.index - 64), match.index);
    const name = (/[\w.-]{0,64}$/.exec(before)?.[0] ?? '') + word.replace(/(credential)s$/i, '$1');
    const start = match.index + whole.length;
    if (!isSecretKey(name)) continue;
    const maps = plural !== '' && /pass|pwd/i.test(word);
    const hide = (value: string) => hideItem(name, value, of);
    if (bracket === '{' && !maps) continue;
    const { shown, end } =
      bracket === undefined
        ? block(text, match.index - (name.length - word.length), start, maps, hide)
        : flow(text, start, hide);
    result += text.slice(from, start) + shown;
    from = end;
    OPENS.lastIndex = end;
  }
  return hideSeparated(result + text.slice(from), of);
}

function hideItem(name: string, value: string, of: PlaceholderOf): string {
  if (value.length < 4 || SENTENCE.test(value) || !isSecretValue(value)) return value;
  if (isObjectName(name, value) || isFieldName(name, value)) return value;
  // `unexpected tokens: [INT, PLUS]`, `credentials: [basic]`
  if (!/pass|pwd/i.test(name) && /^[A-Za-z_-]+$/.test(value)) return value;
  return of(/pass|pwd/i.test(name) ? 'password' : 'secret', value);
}

/** `DB_PASSWORDS=a,b`, `passwords: a, b`. Behind a colon stand sentences, too: only what looks generated is taken for a secret there. */
function hideSeparated(text: string, of: PlaceholderOf): string {
  return text.replace(SEPARATED, (whole, word: string, by: string, _mark: string, values: string, at: number) => {
    const name = (/[\w.-]{0,64}$/.exec(text.slice(Math.max(0, at - 64), at))?.[0] ?? '') + word;
    const items = values.split(/(,[ ]?)/);
    const isList = items.every((item, index) => index % 2 === 1 || (/\d/.test(item) && /[A-Za-z]/.test(item)));
    if (!isSecretKey(name) || (!by.includes('=') && !isList)) return whole;
    // Counts: `tokens=128,256`.
    const shown = items.map((item, index) =>
      index % 2 === 1 || /^[\d.]+$/.test(item) ? item : hideItem(name, item, of),
    );
    return whole.slice(0, whole.length - values.length) + shown.join('');
  });
}

interface Hidden {
  readonly shown: string;
  readonly end: number;
}

function flow(text: string, start: number, hide: (value: string) => string): Hidden {
  let shown = '';
  let at = start;
  while (at - start < LONGEST_LIST) {
    MAPPING.lastIndex = at;
    const mapping = MAPPING.exec(text);
    if (mapping !== null) {
      const [whole, head = '', members = '', tail = '', comma = ''] = mapping;
      shown += head + hideValues(members, hide) + tail + comma;
      at += whole.length;
      if (comma === '') break;
      continue;
    }
    ITEM.lastIndex = at;
    const item = ITEM.exec(text);
    if (item === null) break;
    const [whole, head = '', slashes = '', mark = '', quoted, bare] = item;
    const value = quoted ?? bare ?? '';
    const open = head.length + (quoted === undefined ? 0 : slashes.length + mark.length);
    shown += whole.slice(0, open) + hide(value) + whole.slice(open + value.length);
    at += whole.length;
    if (item[6] === '') break;
  }
  return { shown, end: at };
}

/** The member `value` of each mapping in a text, hidden. */
function hideValues(text: string, hide: (value: string) => string): string {
  return text.replace(VALUE_MEMBER, (_, head: string, mark = '', quoted?: string, bare = '') =>
    quoted === undefined ? head + hide(bare) : head + mark + hide(quoted) + mark,
  );
}

function block(text: string, name: number, start: number, maps: boolean, hide: (value: string) => string): Hidden {
  const escaping = /(\\{1,15})n$/.exec(text.slice(Math.max(0, start - 20), start))?.[1];
  const line = lineBefore(text, name).replace(/^.*\\n/, '');
  const indent = line.length - line.trimStart().length;
  let shown = '';
  let at = start;
  // Where the members of an item stand that is a mapping.
  let members = -1;
  while (at - start < LONGEST_LIST) {
    const ahead = text.slice(at, at + 4096);
    const stop = ahead.search(escaping === undefined ? /\r?\n/ : /\\{1,15}n|(?<!\\)"|\r?\n/);
    const own = stop < 0 ? ahead : ahead.slice(0, stop);
    const row = ROW.exec(own);
    const within = members > 0 && own.length - own.trimStart().length >= members;
    if (row === null && !within) break;
    const [, blank = '', mark = '', quote = '', value = ''] = row ?? [];
    const isItem = mark.startsWith('-');
    if (!within && (blank.length < indent || (!isItem && (!maps || blank.length === indent)))) break;
    const open = blank.length + mark.length + quote.length;
    const isMapping = isItem && !within && /^[\w.-]{1,64}:(?:\s|$)/.test(value);
    if (isItem && !within) members = isMapping ? blank.length + mark.length : -1;
    // `- name: x` is a mapping of its own; its members are judged by their names, but for a `value`.
    if (within || isMapping) shown += /^[ \t]*(?:- +)?\\{0,15}["']?value\b/.test(own) ? hideValues(own, hide) : own;
    else shown += own.slice(0, open) + hide(value) + own.slice(open + value.length);
    at += own.length;
    const next = stop < 0 ? undefined : /^(?:\r?\n|\\{1,15}n)/.exec(text.slice(at, at + 17))?.[0];
    if (next === undefined) break;
    shown += next;
    at += next.length;
  }
  return { shown, end: at };
}
