import type { Case, Change } from './case.ts';
import { inColumns, rewrite } from './layout.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const pad = (value: number, width = 2) => String(value).padStart(width, '0');
const clock = (time: Date) => `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}`;

/** Moves every stamp of a text that says its day, in the form that it has. */
export function moved(text: string, seconds: number): string {
  const at = (year: number, month: number, day: number, time: string) =>
    new Date(Date.parse(`${pad(year, 4)}-${pad(month)}-${pad(day)}T${time}Z`) + seconds * 1000);
  const fits = (date: Date) => !Number.isNaN(date.getTime());
  return text
    .replace(/\b(20[12]\d)([-/])(\d\d)\2(\d\d)([T ])(\d\d:\d\d:\d\d)/g, (all, y, dash, m, d, sep, time) => {
      const date = at(Number(y), Number(m), Number(d), time);
      if (!fits(date)) return all;
      return `${date.getUTCFullYear()}${dash}${pad(date.getUTCMonth() + 1)}${dash}${pad(date.getUTCDate())}${sep}${clock(date)}`;
    })
    .replace(/\b(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\d\d) ([A-Z][a-z]{2}) (20\d\d) (\d\d:\d\d:\d\d)/g, (all, d, m, y, time) => {
      const date = at(Number(y), MONTHS.indexOf(m) + 1, Number(d), time);
      if (!fits(date)) return all;
      return `${DAYS[date.getUTCDay()]}, ${pad(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${clock(date)}`;
    })
    .replace(/\b([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)(?=\.\d{6})/g, (all, level, m, d, time) => {
      const date = at(2026, Number(m), Number(d), time);
      return fits(date) ? `${level}${pad(date.getUTCMonth() + 1)}${pad(date.getUTCDate())} ${clock(date)}` : all;
    })
    .replace(/\b(\d\d)\/([A-Z][a-z]{2})\/(20\d\d):(\d\d:\d\d:\d\d)/g, (all, d, m, y, time) => {
      const date = at(Number(y), MONTHS.indexOf(m) + 1, Number(d), time);
      if (!fits(date)) return all;
      return `${pad(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock(date)}`;
    })
    .replace(/\b([A-Z][a-z]{2}) ( \d|\d\d) (\d\d:\d\d:\d\d)(?! 20\d\d)/g, (all, m, d, time) => {
      if (!MONTHS.includes(m)) return all;
      const date = at(2026, MONTHS.indexOf(m) + 1, Number(d), time);
      return fits(date) ? `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${clock(date)}` : all;
    })
    .replace(/\b(1[6-9]\d{8})(\d{3}|\d{6}|\d{9})?\b(?!\.\d{0,2}[A-Za-z])/g, (_, s, rest = '') => `${Number(s) + seconds}${rest}`);
}

function shift(name: string, seconds: number): Change {
  return { name, apply: (given) => texts(given, (text) => moved(text, seconds)) };
}

export function texts(given: Case, change: (text: string, name: string) => string): Case | undefined {
  const files = given.files.map(({ name, text }) => ({ name, text: change(text, name) }));
  return files.every(({ text }, index) => text === given.files[index]?.text) ? undefined : { ...given, files };
}

/** Stamps in a zone two hours east, where they say that they are in UTC. */
function east(text: string): string {
  return text
    .replace(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (stamp, part = '') => {
      const date = new Date(Date.parse(stamp.replace(/\.\d+/, '')) + 7_200_000);
      return Number.isNaN(date.getTime()) ? stamp : `${date.toISOString().slice(0, 19)}${part}+02:00`;
    })
    .replace(/(, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d) \+0000/g, (all) => moved(all.replace('+0000', '+0200').replace(/^/, 'Mon'), 7200).slice(3));
}

/** What kubectl prints for less than ten minutes and for days, in its other form. */
function ages(text: string): string {
  return text
    .replace(/(?<=\s|\()([2-9])m(?=\s|\)|$)/gm, (_, minutes) => `${minutes}m7s`)
    .replace(/(?<=\s)([2-7])d(?=\s|$)/gm, (_, days) => `${days}d3h`)
    .replace(/(?<=\s)(2[4-9]|3\d|4[0-7])h(?=\s|$)/gm, '1d');
}

export const times: readonly Change[] = [
  shift('days-later', 97 * 86_400),
  shift('years-before', -730 * 86_400),
  shift('a-year-later', 366 * 86_400),
  { name: 'zone-east', apply: (given) => texts(given, east) },
  {
    name: 'ages-otherwise',
    apply: (given) =>
      texts(given, (text) =>
        rewrite(text, ({ rows, indent }) => inColumns(rows.map((row) => row.map((cell) => ages(` ${cell}`).slice(1))), indent)),
      ),
  },
];
