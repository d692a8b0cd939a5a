import { asArray, at, objects, strings, text } from '../json.ts';
import { citeText } from './cite.ts';
import { execOf } from './command.ts';
import type { Citation, EvidenceItem, ObjectRef } from './model.ts';
import type { Scene } from './scene.ts';

/** What says that a container's CPU is throttled by its quota (CFS). */
export interface Throttling {
  /** The pod, or the workload whose pod it is. */
  readonly pod: ObjectRef;
  readonly container?: string;
  /** Share of the periods in which it was throttled (0–1), where it is told. */
  readonly share?: number;
  readonly said: string;
  cite(): Citation | undefined;
}

/** Throttled in fewer periods than this is everyday; Prometheus' own rule (CPUThrottlingHigh) asks for a quarter, too. */
const MUCH = 0.25;
/** A query that sets throttled periods against all periods. */
const SHARE = /cfs_throttled[\s\S]{0,400}\/[\s\S]{0,120}cfs_periods/;
const METRIC = /cpu_cfs_throttled|throttled_periods/;

/** Labels that name a workload where a query has summed its pods. */
const OF_WORKLOAD = ['deployment', 'statefulset', 'workload', 'service', 'app', 'job'];

function podOf(labels: Readonly<Record<string, string>>, scene: Scene): ObjectRef | undefined {
  const name = labels.pod ?? labels.pod_name;
  if (name === undefined) {
    const names = OF_WORKLOAD.flatMap((label) => labels[label] ?? []);
    return scene.objects.find(({ ref }) => /^(?:Deployment|StatefulSet)$/.test(ref.kind) && names.includes(ref.name))
      ?.ref;
  }
  return { kind: 'Pod', name, ...(labels.namespace === undefined ? {} : { namespace: labels.namespace }) };
}

function reading(
  scene: Scene,
  item: EvidenceItem,
  labels: Readonly<Record<string, string>>,
  share: number | undefined,
  needle: string,
): Throttling[] {
  const pod = podOf(labels, scene);
  const container = labels.container ?? labels.container_name;
  if (pod === undefined || (share !== undefined && share < MUCH)) return [];
  return [
    {
      pod,
      ...(container === undefined || container === '' ? {} : { container }),
      ...(share === undefined ? {} : { share: Math.min(1, share) }),
      said:
        share === undefined
          ? 'an alert says so'
          : `throttled in ${Math.round(Math.min(1, share) * 100)} % of its periods`,
      cite: () => citeText(item, needle) ?? citeText(item, pod.name),
    },
  ];
}

/** Results of a Prometheus query that asks how often containers are throttled: shares, or percentages above one. */
function fromQuery(scene: Scene, item: EvidenceItem): Throttling[] {
  const from = item.text.indexOf('{');
  if (from < 0 || !SHARE.test(`${item.command ?? ''}\n${item.text}`)) return [];
  let value: unknown;
  try {
    value = JSON.parse(item.text.slice(from));
  } catch {
    return fromLines(scene, item);
  }
  const results = objects(at(value, 'data', 'result') ?? at(value, 'result') ?? value);
  return results.flatMap((entry) => {
    const samples = [entry.value, ...asArray(entry.values)].filter(Array.isArray);
    const number = Number(samples.at(-1)?.[1]);
    if (!Number.isFinite(number)) return [];
    return reading(
      scene,
      item,
      strings(entry.metric),
      number > 1.5 ? number / 100 : number,
      text(samples.at(-1)?.[1]) ?? '',
    );
  });
}

const LABEL = /(\w+)="([^"]*)"/g;

function labelsIn(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(LABEL)].map(([, key, value]) => [key ?? '', value ?? '']));
}

/** `{container="x", pod="y"} => 0.91 @[…]`, as promtool prints the results of a query. */
function fromLines(scene: Scene, item: EvidenceItem): Throttling[] {
  return item.text.split('\n').flatMap((line) => {
    const value = /\}\s*(?:=>)?\s*([\d.]+)(?:\s|$)/.exec(line)?.[1];
    if (value === undefined) return [];
    const number = Number(value);
    return reading(scene, item, labelsIn(line), number > 1.5 ? number / 100 : number, line.trim());
  });
}

/** Rows as Grafana's explorer and Prometheus' console show results: a column for each label, the value last. */
function fromRows(scene: Scene, item: EvidenceItem): Throttling[] {
  const rows = item.text.split('\n').map((line) => line.trim().split(/\s{2,}|\t+/));
  const head = rows.findIndex((row) => /^value\b/i.test(row.at(-1) ?? '') && row.includes('pod'));
  const names = rows[head] ?? [];
  if (head < 0) return [];
  return rows.slice(head + 1).flatMap((row) => {
    const value = Number(row.at(-1)?.replace('%', ''));
    if (row.length !== names.length || !Number.isFinite(value)) return [];
    const labels = Object.fromEntries(names.map((name, index) => [name, row[index] ?? '']));
    const share = value > 1.5 || row.at(-1)?.endsWith('%') ? value / 100 : value;
    return reading(scene, item, { ...labelsIn(item.text), ...labels }, share, row[names.indexOf('pod')] ?? '');
  });
}

/** Counters as an exporter prints them: the throttled periods of a container against all of its periods. */
function fromCounters(scene: Scene, item: EvidenceItem): Throttling[] {
  const lines = item.text.split('\n');
  const counted = (name: string) =>
    lines.flatMap((line) => {
      const match = new RegExp(`^${name}\\{(.*)\\}\\s+([\\d.e+]+)`).exec(line);
      return match === null ? [] : [{ labels: labelsIn(match[1] ?? ''), value: Number(match[2]), line }];
    });
  const all = counted('container_cpu_cfs_periods_total');
  return counted('container_cpu_cfs_throttled_periods_total').flatMap(({ labels, value, line }) => {
    const periods = all.find((one) => one.labels.pod === labels.pod && one.labels.container === labels.container);
    return periods === undefined || periods.value === 0
      ? []
      : reading(scene, item, labels, value / periods.value, line);
  });
}

/** A container's own `cpu.stat`, read with `kubectl exec`. */
function fromCgroup(scene: Scene, item: EvidenceItem): Throttling[] {
  const periods = Number(/^nr_periods (\d+)/m.exec(item.text)?.[1]);
  const throttled = Number(/^nr_throttled (\d+)/m.exec(item.text)?.[1]);
  const pod = execOf(item.command ?? '')?.target;
  if (!(periods > 0) || pod === undefined) return [];
  return reading(scene, item, { pod: pod.name }, throttled / periods, `nr_throttled ${throttled}`).map((one) => ({
    ...one,
    pod,
  }));
}

/** Every reading of CPU throttling in a scene: alerts, Prometheus queries and counters, a container's `cpu.stat`. */
export function throttlingIn(scene: Scene): Throttling[] {
  const alerts = scene.alerts.flatMap((alert) => {
    if (!/throttl/i.test(`${alert.name} ${alert.summary}`) || /resolved/i.test(alert.status)) return [];
    const percent = Number(/([\d.]+) ?%/.exec(alert.summary)?.[1]);
    const share = percent > 0 ? percent / 100 : undefined;
    return reading(scene, alert.item, alert.labels, share, alert.summary === '' ? alert.name : alert.summary);
  });
  const told = scene.items.flatMap((item) => {
    if (METRIC.test(item.command ?? '') || (METRIC.test(item.text) && /"result"\s*:/.test(item.text)))
      return fromQuery(scene, item);
    if (SHARE.test(item.text)) return [...fromRows(scene, item), ...fromCounters(scene, item)];
    if (METRIC.test(item.text)) return fromCounters(scene, item);
    return /^nr_throttled /m.test(item.text) ? fromCgroup(scene, item) : [];
  });
  return [...alerts, ...told];
}
