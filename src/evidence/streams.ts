import type { EvidenceItem, ObjectRef } from './model.ts';
import type { parseLogcli } from './parse/exports.ts';
import { type LogLine, parseLogLine } from './parse/log.ts';
import { FOLLOWED, STERN } from './parse/stern.ts';
import { parsed, storedLine, storedLines } from './parse/stored-logs.ts';
import { PROGRAM, programNamed } from './program-name.ts';
import type { SceneLog } from './scene.ts';

/** The pod of a stream of Loki, by its labels. */
export function streamPod(labels: Readonly<Record<string, string>>): { pod?: ObjectRef } {
  const [where, job] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(labels.job ?? '')?.slice(1) ?? [];
  const namespace = labels.namespace ?? where;
  const space = namespace === undefined ? {} : { namespace };
  const pod = labels.pod ?? labels.pod_name ?? labels.instance;
  if (pod !== undefined) return { pod: { kind: 'Pod', name: pod, ...space } };
  const program = programNamed(labels) ?? job;
  return program === undefined ? {} : { pod: { kind: PROGRAM, name: program, ...space } };
}

/** One log for each stream of a query. */
export function logcliLogs(
  item: EvidenceItem,
  rows: readonly string[],
  entries: ReturnType<typeof parseLogcli>,
): SceneLog[] {
  const streams = Map.groupBy(entries, ({ labels }) => JSON.stringify(labels));
  return [...streams.values()].map((own) => ({
    item,
    previous: false,
    lines: own.map(({ index, time, line }) => ({
      ...parseLogLine(line, item.lines.from + index),
      raw: rows[index] ?? '',
      time,
    })),
    ...streamPod(own[0]?.labels ?? {}),
  }));
}

/** One log for each pod of an export of a store: one JSON text, or a JSON text a line. */
export function storedLogs(item: EvidenceItem, rows: readonly string[]): SceneLog[] {
  if (item.object !== undefined || !/^\s*[{[]/.test(rows[0] ?? '')) return [];
  const whole = storedLines(parsed(item.text));
  const placed =
    whole.length > 0
      ? whole.map((entry) => {
          const escaped = JSON.stringify(entry.shown).slice(1, -1);
          return { entry, raw: escaped, index: rows.findIndex((row) => row.includes(escaped)) };
        })
      : rows.flatMap((row, index) => {
          const entry = row.startsWith('{') ? storedLine(parsed(row)) : undefined;
          return entry === undefined ? [] : [{ entry, raw: row, index }];
        });
  if (whole.length === 0 && placed.length < rows.filter((row) => row.trim() !== '').length) return [];
  return [...Map.groupBy(placed, ({ entry: { namespace, pod } }) => `${namespace}/${pod}`).values()].map((own) => ({
    item,
    previous: false,
    lines: own
      .map(({ entry, raw, index }) => ({
        ...parseLogLine(entry.line, item.lines.from + Math.max(0, index)),
        raw: index < 0 ? (rows[0] ?? '') : raw,
        ...(entry.time === undefined ? {} : { time: entry.time }),
      }))
      .sort((a, b) => Number((a.time ?? '') > (b.time ?? '')) - Number((a.time ?? '') < (b.time ?? ''))),
    ...streamPod({
      pod: own[0]?.entry.pod ?? '',
      ...(own[0]?.entry.namespace === undefined ? {} : { namespace: own[0].entry.namespace }),
    }),
  }));
}

/** What `kubectl logs --prefix` puts before each line. */
export const KUBECTL = /^\[pod\/([^/\]\s]+)\//;
/** What the API server puts behind a generated name: no vowels, nor digits that look like letters. */
const GENERATED = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
/** A pod has few containers; where more words follow its name, these are what a program says. */
const CONTAINERS = 3;

/** Whether lines begin as stern's do without its command: each with one of several pods, of which one has a generated name, and a container. */
export function looksLikeStern(lines: readonly LogLine[]): boolean {
  const heads: RegExpExecArray[] = [];
  let told = false;
  for (const { raw } of lines) {
    told ||= FOLLOWED.test(raw);
    if (!/^\S/.test(raw) || FOLLOWED.test(raw)) continue;
    const head = STERN.exec(raw);
    if (head === null) return false;
    heads.push(head);
  }
  const containers = Map.groupBy(heads, ([, pod = '']) => pod);
  return (
    heads.length >= (told ? 1 : 3) &&
    (told || containers.size >= 2) &&
    [...containers.keys()].some((name) => GENERATED.test(name)) &&
    [...containers.values()].every((own) => new Set(own.map(([head]) => head)).size <= CONTAINERS)
  );
}

/** Lines by the pod that stands before each; undefined where none does, or not from the start. */
export function bySource(lines: readonly LogLine[], prefix: RegExp): Map<string, LogLine[]> | undefined {
  const found = new Map<string, LogLine[]>();
  let pod: string | undefined;
  for (const line of lines) {
    if (FOLLOWED.test(line.raw)) continue;
    pod = prefix.exec(line.raw)?.[1] ?? pod;
    if (pod === undefined) return undefined;
    const own = found.get(pod);
    if (own === undefined) found.set(pod, [line]);
    else own.push(line);
  }
  return found;
}

/** The log of a stream of Loki, each line at its row of the JSON text. */
export function lokiLog(
  item: EvidenceItem,
  labels: Record<string, string>,
  entries: readonly { time: string; line: string }[],
): SceneLog {
  const rows = item.text.split('\n');
  const lines = entries.flatMap(({ time, line }) => {
    const escaped = JSON.stringify(line).slice(1, -1);
    const row = rows.findIndex((candidate) => candidate.includes(escaped));
    return row < 0 ? [] : [{ ...parseLogLine(line, item.lines.from + row), raw: escaped, time }];
  });
  return { item, previous: false, lines, ...streamPod(labels) };
}
