import { citeText } from '../../src/evidence/cite.ts';
import { type Citation, type EvidenceItem, type ObjectRef, refText } from '../../src/evidence/model.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { isComplaint } from '../../src/evidence/status/conditions.ts';
import { judge } from '../../src/evidence/status/judge.ts';
import { at, objects, text } from '../../src/json.ts';
import { isCustom } from './analyzers/custom/own-words.ts';
import { cite, type View } from './view.ts';

/** Something that happened, before it is known whether it is worth telling. */
export interface Happening {
  /** Milliseconds since 1970, or undefined where only an age is known. */
  readonly at?: number;
  /** Seconds before the output was made. */
  readonly age?: number;
  readonly text: string;
  readonly object?: ObjectRef;
  readonly trouble: boolean;
  /** Whether it is a deploy: a new revision, a sync, a new ReplicaSet. */
  readonly deploy: boolean;
  /** The end of a container that runs again: long after it, it is no trouble of now. */
  readonly restarted?: boolean;
  readonly citation: Citation;
}

/**
 * Milliseconds since 1970 of a time as tools print it: RFC 3339, RFC 2822 (`kubectl describe`), ISO without a zone (taken as
 * UTC), or a count of seconds to nanoseconds (Loki). Undefined for anything else.
 */
export function millisOf(stamp: string | undefined): number | undefined {
  if (stamp === undefined || stamp.length > 64) return undefined;
  if (/^\d{10,19}$/.test(stamp)) return Math.floor(Number(stamp) / 10 ** (stamp.length - 10)) * 1000;
  const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?(?: UTC)?$/.exec(
    stamp,
  );
  const plain =
    iso === null
      ? stamp
      : `${iso[1]}T${iso[2]}.${(iso[3] ?? '0').slice(0, 3).padEnd(3, '0')}${(iso[4] ?? 'Z').replace(/(\d{2})(\d{2})$/, '$1:$2')}`;
  if (iso === null && !/^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} /.test(stamp)) return undefined;
  const found = Date.parse(plain);
  // Kubernetes and Alertmanager write the year 1 for "never".
  return Number.isFinite(found) && found > 0 ? found : undefined;
}

function short(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 10) : revision;
}

/** So many of one kind are looked up in the texts at most: citing costs time, and hardly any of more would be shown. */
const MAX_CITED = 500;

/** The first of many, what shows trouble or a deploy before the rest. */
function foremost<T extends { readonly trouble: boolean; readonly deploy: boolean }>(found: readonly T[]): T[] {
  if (found.length <= MAX_CITED) return [...found];
  const rank = ({ trouble, deploy }: T) => (deploy ? 2 : 0) + (trouble ? 1 : 0);
  return [...found].sort((a, b) => rank(b) - rank(a)).slice(0, MAX_CITED);
}

type Told = Pick<Happening, 'text'> & Partial<Pick<Happening, 'trouble' | 'deploy' | 'restarted'>>;

/** What one object tells; `stamp` must stand in its text, or it cannot be cited. */
function* ofObject(seen: SceneObject): Generator<readonly [stamp: string | undefined, told: Told]> {
  const { ref, object } = seen;
  const status = object.status;
  if (ref.kind === 'ReplicaSet')
    yield [text(at(object, 'metadata', 'creationTimestamp')), { text: 'created', deploy: true }];
  if (ref.kind === 'Application') {
    const sync = at(status, 'operationState');
    const phase = text(at(sync, 'phase')) ?? '';
    const revision = short(
      text(at(sync, 'syncResult', 'revision')) ?? text(at(sync, 'operation', 'sync', 'revision')) ?? '',
    );
    yield [
      text(at(sync, 'startedAt')),
      { text: `sync ${revision === '' ? '' : `of ${revision} `}began`, deploy: true },
    ];
    const message = text(at(sync, 'message')) ?? '';
    yield [
      text(at(sync, 'finishedAt')),
      { text: `sync ${phase}${message === '' ? '' : `: ${message}`}`, trouble: /^(Failed|Error)$/.test(phase) },
    ];
  }
  const own = isCustom(ref);
  const unwell = own && judge(object)?.is === 'unwell';
  for (const condition of objects(at(status, 'conditions'))) {
    const [type = '', value = '', reason = '', message = ''] = ['type', 'status', 'reason', 'message'].map(
      (key) => text(condition[key]) ?? '',
    );
    const bad = /Fail|Error|Pressure|Degraded|Unavailable/.test(type);
    const said = [reason, message].filter((part) => part !== '').join(': ');
    yield [
      text(condition.lastTransitionTime),
      {
        text: `${type}${value === '' ? '' : `=${value}`}${said === '' ? '' : ` (${said})`}`,
        trouble: own ? unwell && isComplaint(condition) : bad ? value !== 'False' : value === 'False',
      },
    ];
  }
  for (const key of ['initContainerStatuses', 'containerStatuses'])
    for (const container of objects(at(status, key)))
      for (const state of ['lastState', 'state']) {
        const ended = at(container, state, 'terminated');
        const code = text(at(ended, 'exitCode')) ?? '';
        yield [
          text(at(ended, 'finishedAt')),
          {
            text: `container ${String(container.name)} ended${code === '' ? '' : ` with ${code}`} (${text(at(ended, 'reason')) ?? 'no reason given'})`,
            trouble: code !== '0',
            restarted: state === 'lastState' && at(container, 'state', 'running') !== undefined,
          },
        ];
      }
}

function fromObjects(view: View): Happening[] {
  const found = view.scene.objects.flatMap((seen) =>
    [...ofObject(seen)].flatMap(([stamp = '', { text: said, trouble = false, deploy = false, restarted = false }]) => {
      const millis = millisOf(stamp);
      return millis === undefined ? [] : [{ seen, stamp, millis, said, trouble, deploy, restarted }];
    }),
  );
  return foremost(found).flatMap(({ seen, stamp, millis, said, trouble, deploy, restarted }) => {
    const citation = cite(seen, stamp);
    if (citation === undefined) return [];
    const told = { at: millis, text: `${refText(seen.ref)}: ${said}`, object: seen.ref, trouble, deploy, citation };
    return [restarted ? { ...told, restarted } : told];
  });
}

function fromEvents(view: View): Happening[] {
  const found = view.messages.flatMap((message) => {
    const { origin, reason, age, time, warning = false } = message;
    const millis = millisOf(time);
    if (origin !== 'event' || (millis === undefined && age === undefined)) return [];
    const when = millis === undefined ? { age: age ?? 0 } : { at: millis };
    return [{ message, when, trouble: warning, deploy: /^(ScalingReplicaSet|OperationStarted)$/.test(reason) }];
  });
  return foremost(found).flatMap(({ message, when, trouble, deploy }) => {
    const { object, reason, text: said } = message;
    const citation = message.cite();
    if (citation === undefined) return [];
    const of = object === undefined ? {} : { object };
    const name = object === undefined ? '' : `${refText(object)}: `;
    return [{ ...when, ...of, text: `${name}${reason}: ${said}`, trouble, deploy, citation }];
  });
}

/** Of a log the first and the last error: those between mostly repeat them. */
function* fromLogs(view: View): Generator<Happening> {
  for (const { item, lines, pod } of view.scene.logs) {
    const errors = lines.filter(({ level, time }) => (level === 'error' || level === 'fatal') && time !== undefined);
    for (const line of new Set([errors[0], errors.at(-1)])) {
      const millis = millisOf(line?.time);
      const raw = item.text.split('\n')[(line?.n ?? 0) - item.lines.from]?.trim().slice(0, 400) ?? '';
      if (line === undefined || millis === undefined || raw === '') continue;
      yield {
        at: millis,
        text: `${pod === undefined ? item.source.name : refText(pod)} logs: ${line.text}`,
        ...(pod === undefined ? {} : { object: pod }),
        trouble: true,
        deploy: false,
        citation: { evidence: item.id, lines: { from: line.n, to: line.n }, quote: raw },
      };
    }
  }
}

function* fromAlerts(view: View): Generator<Happening> {
  for (const { item, name, status, summary, startsAt } of view.scene.alerts) {
    const millis = millisOf(startsAt);
    const citation = startsAt === undefined ? undefined : citeText(item, startsAt);
    if (millis === undefined || citation === undefined) continue;
    const trouble = status !== 'resolved' && name !== 'Watchdog';
    yield {
      at: millis,
      text: `alert ${name} began to fire${summary === '' ? '' : `: ${summary}`}`,
      trouble,
      deploy: false,
      citation,
    };
  }
}

/** What an item's own first time says, for items of which nothing finer is known. */
export function ofItem(item: EvidenceItem): Happening | undefined {
  const millis = millisOf(item.time);
  const citation = item.time === undefined ? undefined : citeText(item, item.time);
  if (millis === undefined || citation === undefined) return undefined;
  const { object } = item;
  return {
    at: millis,
    text: citation.quote,
    ...(object === undefined ? {} : { object }),
    trouble: false,
    deploy: false,
    citation,
  };
}

/** Everything in the evidence that has a time or an age, in no order. */
export function happenings(view: View): Happening[] {
  return [...fromObjects(view), ...fromEvents(view), ...fromLogs(view), ...fromAlerts(view)];
}
