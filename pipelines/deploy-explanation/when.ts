import type { Moment } from './schema.ts';

export const ROLE_LABELS: Readonly<Record<NonNullable<Moment['role']>, string>> = {
  deploy: 'deploy',
  'first-error': 'first error',
  now: 'last seen',
};

/** A whole number of the largest unit that fits, as ages are said: `45 s`, `12 min`, `3 h`, `2 d`. */
function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const [unit, size] = units.find(([, length]) => seconds >= length * 2) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** When something was: `2026-11-02 13:27:38Z`, or `45 s before` (the output was made). */
export function momentText({ time, age = 0 }: Moment): string {
  return time === undefined ? `${duration(age)} before` : `${time.slice(0, 10)} ${time.slice(11, 19)}Z`;
}

/** The two or three moments that a person asks for first. Empty unless something failed. */
export function essentials(timeline: readonly Moment[]): { moment: string; label: string; text: string }[] {
  if (!timeline.some(({ role }) => role === 'first-error')) return [];
  return timeline.flatMap((one) =>
    one.role === undefined ? [] : [{ moment: momentText(one), label: ROLE_LABELS[one.role], text: one.text }],
  );
}
