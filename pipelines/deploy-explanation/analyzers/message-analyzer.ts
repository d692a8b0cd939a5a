import { kindOf } from '../../../src/evidence/kinds.ts';
import type { Message } from '../../../src/evidence/messages.ts';
import type { EvidenceItem, ObjectRef } from '../../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../src/json.ts';
import type { Remedy, Stage } from '../schema.ts';
import { about, named, type View } from '../view.ts';
import type { Analyzer, Draft } from './analyzer.ts';
import { isCustom } from './custom/own-words.ts';
import { releaseOf } from './sync/helm-release.ts';
import { placed } from './told-namespace.ts';

/** A failure that a message of the API server, a controller or a tool tells by itself. */
export interface MessageKind {
  readonly kind: string;
  readonly stage: Stage;
  readonly depth: number;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly pattern: RegExp;
  readonly except?: RegExp;
  /** Only messages of these origins (default: all). */
  readonly origins?: readonly Message['origin'][];
  readonly confidence: number;
  readonly aspects?: Analyzer['aspects'];
  readonly aspect?: (match: RegExpExecArray, message: Message) => string | undefined;
  readonly says: (match: RegExpExecArray, message: Message, view: View) => string;
  /** What a person must change; by default what the message is about. */
  readonly object?: (match: RegExpExecArray, message: Message, view: View) => ObjectRef | undefined;
  readonly remedies: (match: RegExpExecArray, message: Message, subject: ObjectRef) => readonly Remedy[];
  /** Refuses a match that the rest of the evidence contradicts. */
  readonly holds?: (match: RegExpExecArray, message: Message, view: View) => boolean;
}

/** What Kyverno names: `resource Deployment/shop/api was blocked`, without a namespace for what has none. */
function blockedIn(said: string): ObjectRef | undefined {
  const [, kind, namespace = '', name = ''] =
    /(?:^|\s)resource ([A-Z]\w+)\/([a-z0-9-]*)\/([a-z0-9.:-]+) was blocked/.exec(said) ?? [];
  return kind === undefined ? undefined : { kind, ...(namespace === '' ? {} : { namespace }), name };
}

/** The API server names objects by resource, too: `deployments.apps "api" is forbidden`. */
function refusedResource(said: string): ObjectRef | undefined {
  const [, resource = '', name = ''] =
    /\b([a-z]+(?:\.[a-z0-9.-]+)?) "([^"]+)" is (?:invalid|forbidden)/.exec(said) ?? [];
  const kind = kindOf(resource);
  return kind === undefined ? undefined : { kind, name };
}

const OF_APPLICATION = /\bargocd (?:--\S+ )*app [a-z-]+ (?:argocd\/)?([a-z0-9][a-z0-9.-]*)(?=\s|$)/;
const ASKED = new WeakMap<EvidenceItem, readonly { name: string; line: number }[]>();

/** Applications that commands in a text are about, with the number of the line. */
function askedIn(item: EvidenceItem): readonly { name: string; line: number }[] {
  const known =
    ASKED.get(item) ??
    [item.command ?? '', ...(item.text.includes('argocd ') ? item.text.split('\n') : [])].flatMap((line, at) => {
      const name = line.length > 2000 ? undefined : OF_APPLICATION.exec(line)?.[1];
      return name === undefined ? [] : [{ name, line: item.lines.from + at - 1 }];
    });
  ASKED.set(item, known);
  return known;
}

/** The Application that the last command above a message was about. */
function askedOf(message: Message): ObjectRef | undefined {
  const asked = askedIn(message.item);
  const line = asked.length === 0 ? undefined : message.cite()?.lines?.from;
  const name = line === undefined ? undefined : asked.findLast((one) => one.line < line)?.name;
  return name === undefined ? undefined : { kind: 'Application', name };
}

/** The object of an Application that its message says was refused: `Deployment.apps "api" is invalid`. */
function refusedIn(message: Message, view: View): ObjectRef | undefined {
  const blocked = blockedIn(message.text);
  if (blocked !== undefined) return blocked;
  const named = /\b([A-Z]\w+)(?:\.[\w.]+)? "([^"]+)" is (?:invalid|forbidden)/.exec(message.text);
  if (named === null) return undefined;
  const ref = { kind: named[1] ?? '', name: named[2] ?? '' };
  const application = view.scene.objects.find(
    ({ ref: own }) => own.kind === 'Application' && own.name === message.object?.name,
  );
  const namespace = text(at(application?.object, 'spec', 'destination', 'namespace'));
  return namespace === undefined ? ref : { ...ref, namespace };
}

/** The object that a message is about: the workload for pods and ReplicaSets, else what an error text itself names. */
export function subjectOf(message: Message, view: View): ObjectRef {
  const { object } = message;
  if (object !== undefined && object.kind !== 'Application') return workloadOf(view.scene, object);
  const told = object === undefined ? undefined : refusedIn(message, view);
  if (object !== undefined) return told ?? object;
  const blocked = blockedIn(message.text);
  if (blocked !== undefined) return blocked;
  const named =
    /(?:error when (?:creating|applying|patching)[^:]*|resource) .*?(?!(?:Get|Post|Put|Patch|Delete|Head) )\b([A-Z]\w+) "([^"]+)"/.exec(
      message.text,
    ) ?? /\b([A-Z]\w+)(?:\.[\w.]+)? "([^"]+)" is (?:invalid|forbidden)/.exec(message.text);
  const kind = named?.[1] ?? '';
  const name = named?.[2] ?? '';
  if (/^[A-Z]/.test(kind) && name !== '') return placed({ kind, name }, message, view);
  // kubeconform: file, kind and name, unquoted.
  const checked = /\S+\.(?:ya?ml|json) - ([A-Z]\w+) (\S+) is invalid: /.exec(message.text);
  if (checked !== null) return { kind: checked[1] ?? '', name: checked[2] ?? '' };
  const resource = refusedResource(message.text);
  if (resource !== undefined) return placed(resource, message, view);
  const file = /error when (?:creating|applying|patching) "([^"]+)"/.exec(message.text)?.[1];
  if (file !== undefined) return { kind: 'File', name: file };
  const application = view.scene.objects.find(({ ref }) => ref.kind === 'Application');
  // What Helm could not apply is changed in its release, where the message itself names nothing.
  const release = releaseOf(message.item.command);
  return application?.ref ?? askedOf(message) ?? release ?? { kind: 'Output', name: message.item.source.name };
}

/**
 * Whether an event about a custom resource is history: the resource says that it is ready now, or something good was said of it since.
 * Pods and workloads have rules of their own.
 */
function isOver(message: Message, view: View): boolean {
  const { object, origin, age } = message;
  if (origin !== 'event' || message.warning !== true || object === undefined || !isCustom(object)) return false;
  const shown = findObject(view.scene, object)?.object;
  const ready = objects(at(shown, 'status', 'conditions')).find(({ type }) => type === 'Ready');
  if (ready !== undefined) return text(ready.status) === 'True';
  return about(view, object).some(
    (other) =>
      other.warning === false && /Succeeded|Applied|Ready|Artifact/.test(other.reason) && (other.age ?? 0) < (age ?? 0),
  );
}

/** An analyzer over messages. Repeats of one message on one object are merged later. */
export function messageAnalyzer(definition: MessageKind): Analyzer {
  const { kind, stage, depth, title, about, remedy, aspects } = definition;
  return {
    ...(aspects === undefined ? {} : { aspects }),
    kind,
    stage,
    depth,
    title,
    about,
    remedy,
    find: (view) =>
      view.messages.flatMap((message): Draft[] => {
        if (definition.origins !== undefined && !definition.origins.includes(message.origin)) return [];
        const match = definition.pattern.exec(message.text);
        if (match === null || (definition.except?.test(message.text) ?? false) || isOver(message, view)) return [];
        if (!(definition.holds?.(match, message, view) ?? true)) return [];
        const subject = subjectOf(message, view);
        const object = definition.object?.(match, message, view) ?? subject;
        const aspect = definition.aspect?.(match, message);
        const prefix = subject.kind === 'Output' ? '' : `${named(subject)}: `;
        return [
          {
            object,
            ...(aspect === undefined ? {} : { aspect }),
            summary: `${prefix}${definition.says(match, message, view)}`,
            confidence: definition.confidence,
            severity: 'failed',
            citations: [message.cite(match.index)],
            involves: [subject, ...(message.object === undefined ? [] : [message.object])].filter(
              (ref) => ref.kind !== 'Output',
            ),
            remedies: definition.remedies(match, message, subject),
          },
        ];
      }),
  };
}

/** The last run of a rollout may have made old events moot: true when a pod of the message's workload is still missing. */
export function stillFails(message: Message, view: View): boolean {
  if (message.object === undefined) return true;
  const pod = view.pods.find((candidate) => candidate.ref.name === message.object?.name);
  return pod === undefined || !pod.ready;
}
