/** Longest part of a line that templates look at. */
export const MAX_MASKED = 1000;
const MAX_QUOTED = 200;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const IP = /^(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?$/;
const IP6 = /^(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}$/i;
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T:+.Z\d-]*)$|^\d{1,2}:\d{2}:\d{2}(?:\.\d+)?Z?$/;
const DURATION = /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/;
const HEX = /^(?:0x[0-9a-f]+|(?=.*\d)[0-9a-f]{8,})$/i;
const NUMBER = /^[+-]?\d[\d.,:]*%?$/;
const HASHED = /^sha256:[0-9a-f]{12,}$/i;

/** What a word that holds a digit stands for; the word with its digits taken out where it is none of the known. */
function maskWord(word: string): string {
  if (NUMBER.test(word)) return IP.test(word) ? '<ip>' : TIME.test(word) ? '<time>' : '<num>';
  if (TIME.test(word)) return '<time>';
  if (DURATION.test(word)) return '<duration>';
  if (UUID.test(word)) return '<uuid>';
  if (HEX.test(word) || HASHED.test(word)) return '<hex>';
  if (IP6.test(word)) return '<ip>';
  return word.replace(/\d+/g, '<num>');
}

/** Letters, digits and what holds ids, addresses and times together: `.`, `:`, `-`, `_`, `+`, `%`; and all beyond ASCII. */
const IN_WORD = new Uint8Array(128);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_+%')
  IN_WORD[character.charCodeAt(0)] = 1;

/** Behind these the quotes hold the message itself: `msg="…"`. */
const MESSAGE_KEY = /(?:msg|message|err|error|reason)["']?[=:]\s?$/;

/**
 * A line with what varies taken out: quoted values, times, durations, UUIDs, addresses, hexadecimal ids, numbers. One pass, linear in
 * the line, of which `MAX_MASKED` characters are read.
 */
export function mask(line: string): string {
  const end = Math.min(line.length, MAX_MASKED);
  let out = '';
  let copied = 0;
  let index = 0;
  while (index < end) {
    const code = line.charCodeAt(index);
    if (code === 0x22 || code === 0x27) {
      const close = closing(line, index, end);
      if (close > 0) {
        out += `${line.slice(copied, index)}<str>`;
        index = close + 1;
        copied = index;
      } else index++;
      continue;
    }
    if (code < 128 && IN_WORD[code] === 0) {
      index++;
      continue;
    }
    const from = index;
    let digits = false;
    for (; index < end; index++) {
      const next = line.charCodeAt(index);
      if (next < 128 && IN_WORD[next] === 0) break;
      if (next >= 0x30 && next <= 0x39) digits = true;
    }
    if (!digits) continue;
    let to = index;
    // A full stop or colon behind a word ends a sentence or a name.
    while (to > from && /[.:]/.test(line[to - 1] ?? '')) to--;
    out += line.slice(copied, from) + maskWord(line.slice(from, to));
    copied = to;
  }
  return out + line.slice(copied, end);
}

/** Where the quote at `open` closes, when it quotes a value: not the apostrophe of a word, nor a message. 0 otherwise. */
function closing(line: string, open: number, end: number): number {
  const mark = line[open] as string;
  const before = open === 0 ? 0x20 : line.charCodeAt(open - 1);
  if (before > 0x7f || /\w/.test(String.fromCharCode(before))) return 0;
  if (MESSAGE_KEY.test(line.slice(Math.max(0, open - 12), open))) return 0;
  const close = line.indexOf(mark, open + 1);
  return close > open && close < end && close - open <= MAX_QUOTED ? close : 0;
}
