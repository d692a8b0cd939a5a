const DATE_LENGTH = 'yyyy-mm-dd'.length;
/** What may follow a date, with a `Z` or an offset. */
const REST = /T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/y;

let date = '';
let midnight = Number.NaN;

/**
 * What `Date.parse` reads of an RFC 3339 time that states its seconds, Unix milliseconds; undefined for all other texts, even where
 * they are times. Events come in batches that are mostly of one day, so that a date need be understood once only.
 */
export function plainTime(text: string): number | undefined {
  REST.lastIndex = DATE_LENGTH;
  if (!REST.test(text)) return undefined;
  if (date === '' || !text.startsWith(date)) {
    const read = text.slice(0, DATE_LENGTH);
    const start = Date.parse(read);
    // 2026-02-30 reads as 2 March: only a date that comes back is one.
    if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(read)) return undefined;
    date = read;
    midnight = start;
  }
  if (!text.endsWith('Z')) return Date.parse(text);
  const two = (at: number): number => digit(text, at) * 10 + digit(text, at + 1);
  const seconds = (two(11) * 60 + two(14)) * 60 + two(17);
  let milliseconds = 0;
  for (let at = 20, unit = 100; unit >= 1 && at < text.length - 1; at += 1, unit /= 10)
    milliseconds += digit(text, at) * unit;
  return midnight + seconds * 1000 + milliseconds;
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
