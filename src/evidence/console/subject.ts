import type { Json } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';
import { NAMELESS } from '../parse/container.ts';
import { type Titled, titled } from './titled.ts';

/** Kinds of which consoles show a page with events. */
const SHOWN =
  /^(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Node|Service|Ingress|PersistentVolumeClaim|HorizontalPodAutoscaler)$/;
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
/** What consoles put between the steps of a path: `Workloads > Pods > web-0`. */
const STEP = /\s*[→›»>❯]\s*|\s+\/\s+/;

const shownKind = (word: string): string | undefined => {
  // Pages write kinds as words: `Persistent Volume Claim`.
  const kind = /^[A-Za-z ]{3,30}$/.test(word) ? kindOf(word.replaceAll(' ', '')) : undefined;
  return kind !== undefined && SHOWN.test(kind) ? kind : undefined;
};

/** The object that a line names as what a page is about: `Pod: web-0`, `Workload > Pods > web-0`. */
function named(line: string): { kind: string; name: string } | undefined {
  if (line.length > 300) return undefined;
  const steps = line.trim().split(STEP);
  for (const [at, step] of steps.entries()) {
    const [kind, name = ''] = [shownKind(step.trim().replace(/ details$/i, '')), steps[at + 1]?.trim()];
    if (kind !== undefined && NAME.test(name)) return { kind, name };
  }
  const [, word = '', name = ''] =
    /^\s*([A-Z][A-Za-z]{2,24}(?: [A-Z][a-z]+){0,2})(?::\s*|\t+|\s+)([a-z0-9][a-z0-9.-]*)\s*$/.exec(line) ?? [];
  const kind = shownKind(word);
  // Of words alone a name has a mark within.
  return kind !== undefined && NAME.test(name) && (/:|\t/.test(line) || /[-.\d]/.test(name))
    ? { kind, name }
    : undefined;
}

/** What only a pod's page shows. */
const OF_POD = /^(?:Pod IPs?|QoS Class|Controlled By|Restarts|Init Containers|Service Account)$/;

/** What a page that a console showed is about, as far as it says: its kind, name, namespace, and the line that names it. */
export interface Subject {
  readonly ref: ObjectRef;
  readonly index: number;
}

export function subjectOf(lines: readonly string[]): Subject | undefined {
  const fields = lines.map(titled);
  const space = fieldsOf(lines).find((field) => field.name === 'Namespace' && NAME.test(field.value))?.value;
  const near = space === undefined ? {} : { namespace: space };
  for (const [index, line] of lines.entries()) {
    const found = named(line);
    if (found !== undefined) return { ref: { ...found, ...(found.kind === 'Node' ? {} : near) }, index };
  }
  if (!fields.some((field) => field !== undefined && OF_POD.test(field.name))) return undefined;
  const index = fields.findIndex((field) => field?.name === 'Name' && NAME.test(field.value));
  const name = fields[index]?.value;
  return name === undefined ? undefined : { ref: { kind: 'Pod', name, ...near }, index };
}

/** Titles that consoles put on a line of their own, above what they say, where each cell of a page is copied so. */
const ALONE = /^(?:Namespace|Controlled By|Status|Phase|Node)$/;

/** What stands beside titles, or in the line below them. */
function fieldsOf(lines: readonly string[]): Titled[] {
  return lines.flatMap((line, at): Titled[] => {
    const own = titled(line);
    const name = line.trim();
    const value = lines[at + 1]?.trim() ?? '';
    if (own !== undefined) return [own];
    if (!ALONE.test(name)) return [];
    return value === '' || titled(value) !== undefined ? [] : [{ name, value }];
  });
}

const PHASES = /^(?:Pending|Running|Succeeded|Failed|Unknown)$/;
/** Why a container waits, as a page shows it beside the container or as the pod's state. */
const WAITING =
  /\b(CrashLoopBackOff|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)\b/;

/** How a container ended before, beside its state: `Last State: Terminated (OOMKilled) - exit code 137`. */
const ENDED =
  /^\s*Last [Ss]tat(?:e|us)\b[^\n]{0,40}?\b(OOMKilled|Error|StartError|ContainerCannotRun)\b[^\n]{0,40}?\b(\d{1,3})\b/;

/** Its title alone, where each cell of the page was copied as a line; and so many lines it then has. */
const LAST_STATE = /^\s*Last [Ss]tat(?:e|us)\s*$/;
const CELLS = 4;

/** A container of which Lens says `running, ready`. */
const RUNS = { name: NAMELESS, ready: true, restartCount: 0, state: { running: {} } };

/** The pod that such a page shows, in the API's shape: its owner, phase, and why a container of it waits. */
export function podOnPage({ ref }: Subject, lines: readonly string[]): Json | undefined {
  if (ref.kind !== 'Pod') return undefined;
  const { kind, ...metadata } = ref;
  const fields = fieldsOf(lines);
  const said = (name: string) => fields.find((field) => field.name === name)?.value ?? '';
  const [, ownerKind, owner] = /^([A-Z]\w+)[\s/]+([a-z0-9][a-z0-9.-]*)$/.exec(said('Controlled By')) ?? [];
  const phase = /^\w+/.exec(said('Status') || said('Phase'))?.[0] ?? '';
  const state = lines.find(
    (line) => line.length < 300 && /^(?:Containers?|Status|State|Reason)\b|[Ww]aiting/.test(line) && WAITING.test(line),
  );
  const reason = WAITING.exec(state ?? said('Status'))?.[1];
  const [, why = 'Error', code] =
    lines
      .map(
        (line, at) =>
          ENDED.exec(line) ?? ENDED.exec(LAST_STATE.test(line) ? lines.slice(at, at + CELLS).join(' ') : ''),
      )
      .find((found) => found !== null) ?? [];
  const last = code === undefined ? {} : { lastState: { terminated: { reason: why, exitCode: Number(code) } } };
  const up = lines.some((line) => /^\s*(?:Status\s+)?running, ready$/.test(line));
  const waits = { name: NAMELESS, ready: false, restartCount: 0, state: { waiting: { reason } }, ...last };
  return {
    kind,
    metadata: {
      ...metadata,
      ...(owner === undefined ? {} : { ownerReferences: [{ kind: ownerKind, name: owner, controller: true }] }),
    },
    status: {
      ...(PHASES.test(phase) ? { phase } : {}),
      ...(reason !== undefined ? { containerStatuses: [waits] } : up ? { containerStatuses: [RUNS] } : {}),
    },
  };
}
