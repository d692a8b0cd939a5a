/** Durations as lines give them: `took 4100 ms`, `took[4.1s]`, `"durationMillis":4100`, `duration_ms=4100`, `Query_time: 4.1`. */
const DURATIONS: readonly (readonly [pattern: RegExp, milliseconds: number | undefined])[] = [
  [/^# Query_time: ([\d.]+)/g, 1000],
  [
    /\b(?:duration|elapsed|took|time|latency)_?(?:ms|millis(?:econds)?)"?\s{0,4}[:=]\s{0,4}"?(\d+(?:\.\d+)?)\b(?![.\w])/gi,
    1,
  ],
  [/(?<![\w.:-])(\d+(?:\.\d+)?) ?(ms|millis(?:econds)?|s|secs?|seconds)\b/gi, undefined],
];

/** The longest duration that a line tells, in milliseconds. */
export function longestIn(text: string): number {
  const told = DURATIONS.flatMap(([pattern, unit]) =>
    [...text.slice(0, 2000).matchAll(pattern)].map(
      ([, amount, said = '']) => Number(amount) * (unit ?? (/^m/i.test(said) ? 1 : 1000)),
    ),
  );
  return Math.max(0, ...told);
}

/** How long an operation took that a line tells of, in milliseconds: in a field of its own, or the only time with a unit. Limits and plans are none. */
export function durationIn(raw: string): number | undefined {
  const line = raw.slice(0, 2000);
  const [, milliseconds] = FIELD.exec(line) ?? [];
  const [, seconds] = milliseconds === undefined ? (OF_NGINX.exec(line) ?? []) : [];
  const field = milliseconds ?? (seconds === undefined ? undefined : Number(seconds) * 1000);
  if (field !== undefined) return Number(field) < MOST_MS ? Number(field) : undefined;
  if (PLANNED.test(line)) return undefined;
  const times = [...line.matchAll(WITH_UNIT)];
  const [, amount, unit = ''] = times.length === 1 ? (times[0] ?? []) : [];
  return amount === undefined ? undefined : Number(amount) * (/^m/i.test(unit) ? 1 : 1000);
}

/** A field that says its unit, or is one of those that loggers give in milliseconds (pino-http's `responseTime`). */
const FIELD =
  /\b(?:(?:duration|elapsed|took|time|latency|response_?time)_?(?:ms|millis(?:econds)?)|response_?time)"?\s{0,4}[:=]\s{0,4}"?(\d+(?:\.\d+)?)"?(?=[\s,}]|$)/i;
/** Seconds, as nginx gives them. */
const OF_NGINX = /\b(?:request_time|upstream_response_time)"?\s{0,4}[:=]\s{0,4}"?(\d+(?:\.\d+)?)"?(?=[\s,}]|$)/i;
/** Longer than hours: a point in time. */
const MOST_MS = 1e7;
const WITH_UNIT = /(?<![\w.:-])(\d+(?:\.\d+)?) ?(ms|millis(?:econds)?|s|secs?|seconds)\b/gi;
const PLANNED = /\b(?:timeout|interval|every|retry|retrying|backoff|ttl|deadline|wait(?:ing)? for|next|in \d)\b/i;
