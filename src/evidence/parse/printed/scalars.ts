/** A time as Python's constructor shows it (`datetime.datetime(2026, 11, 2, 9, 10, tzinfo=tzutc())`), which ends at `end`, in ISO 8601. */
export function time(text: string, end: number): string {
  const call = text.slice(text.lastIndexOf('datetime.datetime(', end), end);
  const [year, month, day, hour, minute, second] = (/\((\d[\d,\s]*)/.exec(call)?.[1] ?? '').split(',').map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0));
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('.000Z', 'Z');
}
