import { asArray, asObject, isObject, objects, text } from '../../json.ts';

/** An alert as Alertmanager (or Prometheus) tells it. */
export interface AlertRecord {
  readonly name: string;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  /** RFC 3339, when it began to fire. */
  readonly startsAt?: string;
  /** RFC 3339, when it ceased to. Alertmanager's zero time (year 1) is none. */
  readonly endsAt?: string;
}

function stringsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asObject(value)).flatMap(([key, v]) => (typeof v === 'string' ? [[key, v]] : [])),
  );
}

/** Alertmanager's webhook payload, its API's list, one alert of it, or Prometheus' `/api/v1/alerts`. Empty for anything else. */
export function parseAlerts(value: unknown): AlertRecord[] {
  const root = asObject(value);
  const inner = asObject(root.data);
  const alone = text(asObject(root.labels).alertname) === undefined ? [] : [value];
  const list = Array.isArray(value) ? value : asArray(root.alerts ?? inner.alerts ?? alone);
  return list.filter(isObject).flatMap((alert) => {
    const labels = stringsOf(alert.labels);
    const name = labels.alertname;
    if (name === undefined) return [];
    const annotations = stringsOf(alert.annotations);
    const status = text(alert.status) ?? text(asObject(alert.status).state) ?? text(alert.state) ?? 'firing';
    const startsAt = text(alert.startsAt) ?? text(alert.activeAt);
    const endsAt = text(alert.endsAt);
    return [
      {
        name,
        status,
        labels,
        summary: annotations.summary ?? annotations.description ?? annotations.message ?? '',
        ...(startsAt === undefined ? {} : { startsAt }),
        ...(endsAt === undefined || endsAt.startsWith('0001-') ? {} : { endsAt }),
      },
    ];
  });
}

/** Lines of a Loki query result (`streams`), oldest first, with the stream's labels. */
export function parseLoki(
  value: unknown,
): { labels: Record<string, string>; lines: { time: string; line: string }[] }[] {
  const root = asObject(value);
  if (Array.isArray(value)) {
    const lines = objects(value).flatMap((entry) => {
      const line = text(entry.line);
      return line === undefined ? [] : [{ time: text(entry.timestamp) ?? text(entry.date) ?? '', line }];
    });
    const labels = stringsOf(objects(value)[0]?.fields ?? objects(value)[0]?.labels);
    return lines.length === 0 ? [] : [{ labels, lines }];
  }
  const streams = objects(asObject(root.data).result ?? root.streams ?? root.result);
  return streams.flatMap((stream) => {
    const values = asArray(stream.values ?? stream.entries);
    const lines = values.flatMap((entry) => {
      if (Array.isArray(entry) && typeof entry[1] === 'string') return [{ time: String(entry[0]), line: entry[1] }];
      const member = asObject(entry);
      const line = text(member.line);
      return line === undefined ? [] : [{ time: text(member.ts) ?? '', line }];
    });
    return lines.length === 0
      ? []
      : [
          {
            labels: stringsOf(stream.stream ?? stream.labels),
            lines: lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
          },
        ];
  });
}

/** A line as `logcli query` prints it (`2026-06-03T10:20:11Z {app="api", pod="api-x"} …`), or its head with the labels of all lines. */
const LOGCLI = /^(?:Common labels: |(\d{4}-\d{2}-\d{2}T\S+) )\{([^{}]*)\} ?(.*)$/;

function labelPairs(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
}

/**
 * Lines of `logcli query`, each with the index of its line, its stream's labels, its time and what was logged. Empty unless all lines
 * but the remarks at the head are such.
 */
export function parseLogcli(
  lines: readonly string[],
): { index: number; labels: Record<string, string>; time: string; line: string }[] {
  let common: Record<string, string> = {};
  const found: { index: number; labels: Record<string, string>; time: string; line: string }[] = [];
  for (const [index, raw] of lines.entries()) {
    const match = LOGCLI.exec(raw.slice(0, 20_000));
    if (match === null) {
      if (found.length > 0 && raw.trim() !== '') return [];
      if (found.length === 0 && index > 10) return [];
      continue;
    }
    const [, time, labels = '', line = ''] = match;
    if (time === undefined) common = labelPairs(labels);
    else found.push({ index, labels: { ...common, ...labelPairs(labels) }, time, line });
  }
  return found.filter(({ labels }) => Object.keys(labels).length > 0);
}
