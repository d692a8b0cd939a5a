const DAY_MS = 86_400_000;

const digits = (count: number, width: number): string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(width, '0'));
const TWO = digits(60, 2);
const THREE = digits(1000, 3);

let day = Number.NaN;
let date = '';

/** What `toISOString` writes of a time (Unix milliseconds), in a third of its time: entries of a page are mostly of one day. */
export function isoTime(time: number): string {
  const today = Math.floor(time / DAY_MS);
  if (today !== day) {
    day = today;
    date = new Date(today * DAY_MS).toISOString().slice(0, 'yyyy-mm-ddT'.length);
  }
  const rest = time - today * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${date}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${THREE[rest % 1000]}Z`;
}
