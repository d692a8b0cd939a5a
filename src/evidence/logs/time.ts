const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?/;

/** The RFC 3339 time (or its relaxed form with a space or comma) that a text begins with, as written. */
export function stampAt(text: string): string | undefined {
  const first = text.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 ? ISO.exec(text)?.[0] : undefined;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const CLOCK = '(\\d{2}):(\\d{2}):(\\d{2})(?:[.,](\\d{1,9}))?';
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const ZONE = '\\s?(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?';
const RFC3339 = new RegExp(`(\\d{4})[-/](\\d{2})[-/](\\d{2})[T ]${CLOCK}${ZONE}`);
/** nginx and Apache access logs (Common Log Format): `02/Nov/2026:09:00:00 +0000`; Redis: `02 Nov 2026 09:00:00.123`. */
const DAY_FIRST = new RegExp(`(\\d{2})[/ ]${MONTH}[/ ](\\d{4})[: ]${CLOCK}${ZONE}`);
/** Apache error logs and `date`: `Mon Nov 02 09:00:00.123 2026`. */
const YEAR_LAST = new RegExp(`${MONTH} {1,2}(\\d{1,2}) ${CLOCK} (\\d{4})`);
/** Syslog (RFC 3164, section 4.1.2): `Nov  2 09:00:00`, without a year. */
const SYSLOG = new RegExp(`^(?:<\\d{1,3}>)?${MONTH} {1,2}(\\d{1,2}) ${CLOCK}`);
/** klog: `E1102 09:00:00.123456`, without a year. */
const KLOG = new RegExp(`^[IWEF](\\d{2})(\\d{2}) ${CLOCK}`);
const EPOCH = /^(\d{10})(\d{3}|\d{6}|\d{9})?(\.\d{1,9})?$/;
const SEARCHED = 120;

const TIME_OF_DAY = /(?<!\d)\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?/g;

/** A text without its times of day, whose minutes and seconds look like the ports of addresses. */
export function withoutClock(text: string): string {
  return text.replace(TIME_OF_DAY, '');
}

function month(name: string | undefined): number {
  return MONTHS.indexOf(name ?? '') / 3;
}

function zone(text: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -1 : 1) * minutes * 60_000;
}

function utc(year: number, mon: number, day: number, clock: readonly (string | undefined)[], offset = 0): number {
  const [hour, minute, second, fraction] = clock;
  const ms = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
  return Date.UTC(year, mon, day, Number(hour), Number(minute), Number(second), ms) - offset;
}

/**
 * The time that the head of a log line states, in milliseconds since 1970 (UTC where the line names no zone), or undefined. Reads RFC
 * 3339 and its relaxed forms, nginx, Apache, Redis, and seconds, milli-, micro- or nanoseconds since 1970; klog and syslog
 * only where `year` is given, because they write none.
 */
export function timeOf(text: string, year?: number): number | undefined {
  const head = text.slice(0, SEARCHED);
  const epoch = EPOCH.exec(head.trim());
  if (epoch !== null) {
    const [, seconds, more = '', fraction = ''] = epoch;
    return Math.floor(Number(`${seconds}.${more === '' ? fraction.slice(1) : more}`) * 1000);
  }
  let match = RFC3339.exec(head);
  if (match !== null)
    return utc(Number(match[1]), Number(match[2]) - 1, Number(match[3]), match.slice(4, 8), zone(match[8]));
  match = DAY_FIRST.exec(head);
  if (match !== null)
    return utc(Number(match[3]), month(match[2]), Number(match[1]), match.slice(4, 8), zone(match[8]));
  match = YEAR_LAST.exec(head);
  if (match !== null) return utc(Number(match[7]), month(match[1]), Number(match[2]), match.slice(3, 7));
  if (year === undefined) return undefined;
  match = KLOG.exec(head);
  if (match !== null) return utc(year, Number(match[1]) - 1, Number(match[2]), match.slice(3, 7));
  match = SYSLOG.exec(head);
  return match === null ? undefined : utc(year, month(match[1]), Number(match[2]), match.slice(3, 7));
}
