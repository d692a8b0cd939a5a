import { subjectOf } from './console/subject.ts';
import type { ObjectRef } from './model.ts';
import type { LogLine } from './parse/log.ts';
import type { SceneLog } from './scene.ts';

/** A pod's name as a ReplicaSet gives it. */
const POD = String.raw`([a-z0-9][a-z0-9-]*-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5})(?![\w.-])`;
/**
 * Members and tags that say who wrote a line, as loggers, agents and trackers of errors call them (`hostname` of pino, `server_name` of Sentry,
 * `pod_name` of Datadog and Fluent Bit): in a pod the host is called as the pod.
 */
const WRITER = new RegExp(
  String.raw`(?<![\w.])["']?(?:hostname|server_name|host\.name|pod_name|kube_pod|kubernetes\.pod(?:_name|\.name)|k8s\.pod\.name)["']?(?:\s*[:=]\s*|\t+|\s{2,})["']?${POD}`,
);
/** A cell of its own in a table. */
const CELL = new RegExp(String.raw`(?<=^|[|│\t])\s*${POD}\s*(?=[|│\t]|$)`, 'g');

/** The pod in a row's cells, where one alone stands there. */
function inCells(row: string): string | undefined {
  const [name, ...others] = /[|│\t]/.test(row) ? [...row.matchAll(CELL)].map((match) => match[1]) : [];
  return others.length > 0 ? undefined : name;
}

/** The pod that a line says it was written by, where it says so. */
function writerOf({ raw }: Pick<LogLine, 'raw'>): string | undefined {
  const head = raw.slice(0, 4000);
  return WRITER.exec(head)?.[1] ?? inCells(head);
}

/** A page's path stands above all else. */
const HEAD = 3;

/** What a pod's name has in common with those of its workload's other pods. */
const workloadIn = (pod: string): string => pod.split('-').slice(0, -2).join('-');

/** How consoles head a log that they show: `OpenLens - Logs: web-0`, `Pod logs for web-0`. A program's own words stand in no such place. */
const TITLE =
  /^\s*(?:\w[\w .]{0,30} [-–|] )?(?:Pod )?Logs?(?::| (?:of|for):?| (?=pod )) *(?:pod +)?([a-z0-9][a-z0-9-]*-(?:\d{1,3}|[bcdf-hj-np-tv-xz2456789]{5}))(?=[\s(,]|$)/i;

/** The pod on whose page a log was shown, where the page's own path stands above it: `Pods > web-0 > Logs`. */
function onPage(lines: SceneLog['lines']): ObjectRef | undefined {
  const subject = subjectOf(lines.slice(0, HEAD).map(({ raw }) => raw));
  if (subject?.ref.kind === 'Pod') return subject.ref;
  const name = lines
    .slice(0, HEAD)
    .map(({ raw }) => TITLE.exec(raw.slice(0, 300))?.[1])
    .find((one) => one !== undefined);
  return name === undefined ? undefined : { kind: 'Pod', name };
}

/** The pod that wrote a log of which nothing else is known: the one that its lines name as such, or one of those of the same workload. */
export function writerOfLog({ lines }: SceneLog): ObjectRef | undefined {
  const names = [...new Set(lines.flatMap((line) => writerOf(line) ?? []))];
  const [name, ...others] = names;
  if (name === undefined) return onPage(lines);
  return others.some((other) => workloadIn(other) !== workloadIn(name)) ? undefined : { kind: 'Pod', name };
}
