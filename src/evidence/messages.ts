import { at, objects, text } from '../json.ts';
import { citeLines, citeText } from './cite.ts';
import { controllersSay, isOfController } from './controller-log.ts';
import { jsonLine } from './logs/structured.ts';
import type { Citation, EvidenceItem, ObjectRef } from './model.ts';
import { ansibleSays, ansibleWentOn } from './parse/ansible.ts';
import { plainLine } from './parse/ci.ts';
import { releaseError } from './parse/release-error.ts';
import { refusesReader } from './reader-errors.ts';
import { findObject } from './relations.ts';
import type { Scene } from './scene.ts';
import { isOfBefore } from './status/judge.ts';

/** A sentence that a controller, the kubelet, the API server or a tool said, about an object where that is known. */
export interface Message {
  readonly text: string;
  readonly origin: 'event' | 'condition' | 'status' | 'argocd' | 'output';
  readonly reason: string;
  readonly object?: ObjectRef;
  readonly item: EvidenceItem;
  /** Seconds before the output was made, for events that say so. */
  readonly age?: number;
  /** Seconds since such an event was first seen, where it came again. */
  readonly since?: number;
  /** How often an event came. */
  readonly count?: number;
  /** When an event says that it happened, as it stands in the text. */
  readonly time?: string;
  /** Whether an event is a warning. */
  readonly warning?: boolean;
  /** The line that says it; of a long message the one with what stands at `at` in its text. */
  cite(at?: number): Citation | undefined;
}

/** A part of the message that stands in the raw text whatever the quoting: the longest piece without quotes or breaks. */
function needleOf(message: string): string {
  const pieces = message.split(/["'\\\n]/).map((piece) => piece.trim());
  const first = pieces[0] ?? '';
  if (first.length >= 12) return first.slice(0, 48);
  return (pieces.sort((a, b) => b.length - a.length)[0] ?? '').slice(0, 48);
}

/** What begins so far behind the head of a message is not quoted with it. */
const FAR = 200;

function citeMessage(item: EvidenceItem, message: string, at = 0): Citation | undefined {
  if (at > FAR) {
    const there = needleOf(message.slice(at));
    const citation = there === '' ? undefined : citeText(item, there);
    if (citation !== undefined) return citation;
  }
  const needle = needleOf(message);
  return needle === '' ? undefined : (citeText(item, needle) ?? citeText(item, needle.slice(0, 16)));
}

function statusMessages(scene: Scene): Message[] {
  return scene.objects.flatMap(({ ref, object, sightings }) => {
    if (isOfBefore(object)) return [];
    const found: Message[] = [];
    const add = (origin: Message['origin'], reason: unknown, message: unknown) => {
      const said = text(message);
      if (said === undefined || said === '') return;
      const sighting = sightings.find((candidate) => citeMessage(candidate.item, said) !== undefined) ?? sightings[0];
      if (sighting === undefined) return;
      const { item } = sighting;
      found.push({
        text: said,
        origin,
        reason: text(reason) ?? '',
        object: refused(scene, ref, said),
        item,
        cite: (at) => citeMessage(item, said, at),
      });
    };
    const status = object.status;
    for (const condition of objects(at(status, 'conditions')))
      add(
        /^Application(?:Set)?$/.test(ref.kind) ? 'argocd' : 'condition',
        condition.reason ?? condition.type,
        condition.message,
      );
    for (const key of ['containerStatuses', 'initContainerStatuses'])
      for (const container of objects(at(status, key)))
        for (const state of ['state', 'lastState'])
          for (const kind of ['waiting', 'terminated']) {
            const value = at(container, state, kind);
            add('status', at(value, 'reason'), at(value, 'message'));
          }
    if (ref.kind === 'Application') {
      add('argocd', at(status, 'operationState', 'phase'), at(status, 'operationState', 'message'));
      add('argocd', at(status, 'health', 'status'), at(status, 'health', 'message'));
      for (const resource of objects(at(status, 'operationState', 'syncResult', 'resources')))
        add('argocd', resource.status ?? '', resource.message);
    } else add('status', at(status, 'reason') ?? at(status, 'phase'), at(status, 'message'));
    return found;
  });
}

const SAYS_ERROR =
  /^(Error|error|\[ERROR\] |Warning:|E\d{4}|The \w+ ".*" is invalid|Unable to|FATA|ERRO|rpc error)|\blevel=(?:error|fatal)\b|admission webhook|forbidden|denied|(is|are) invalid|not found|could not find|no matches for kind|failed/;

/** A webhook's answer goes on below the line that says that it denied the request. */
const GOES_ON = /denied the request:\s*$/;
/** kubectl lists what the API server has against an object below a line of its own, an item each. */
const LISTS = /\b(?:is|are) invalid:\s*$/;
const LISTED = /^\s*\* /;
const BELOW = 8;

/** The lines below one that belong to what it says. */
function goesOnBelow(lines: readonly string[], index: number): string[] {
  const line = lines[index] ?? '';
  const below = lines.slice(index + 1, index + 1 + BELOW).map(plainLine);
  if (GOES_ON.test(line)) return below;
  if (!LISTS.test(line)) return [];
  const end = below.findIndex((one) => !LISTED.test(one));
  return end < 0 ? below : below.slice(0, end);
}

/** kubectl names what it could not patch in two lines above the error: `GroupVersionKind: "apps/v1, Kind=Deployment"`, `Name: …, Namespace: …`. */
function patchedAbove(lines: readonly string[], index: number): ObjectRef | undefined {
  if (!/^\s*for: "/.test(plainLine(lines[index] ?? ''))) return undefined;
  const [, name, namespace = ''] = /Name: "([^"]+)", Namespace: "([^"]*)"/.exec(lines[index - 1] ?? '') ?? [];
  const kind = /GroupVersionKind: "[^"]*Kind=(\w+)"/.exec(lines[index - 2] ?? '')?.[1];
  if (kind === undefined || name === undefined) return undefined;
  return { kind, name, ...(namespace === '' ? {} : { namespace }) };
}

/** What a notification or an answer in JSON says; a line of a log has a level. */
function saidInJson(line: string): string | undefined {
  const said = line.startsWith('{') ? jsonLine(line) : undefined;
  return said?.level === undefined ? said?.text : undefined;
}

/** Lines of plain tool output (`kubectl apply`, `argocd app sync`, CI) that report an error. */
function outputMessages(scene: Scene): Message[] {
  return scene.items
    .filter(
      (item) =>
        // What an ApplicationSet says is in its conditions.
        !/^argocd appset /.test(item.command ?? '') &&
        (item.source.kind === 'text' ||
          item.source.kind === 'argocd' ||
          item.source.kind === 'table' ||
          item.source.kind === 'log'),
    )
    .flatMap((item) =>
      item.text.split('\n').flatMap((line, index, lines): Message[] => {
        const told = line.startsWith('f') ? ansibleSays(line) : undefined;
        if (told !== undefined)
          return ansibleWentOn(lines, index)
            ? []
            : [{ text: told, origin: 'output', reason: '', item, cite: () => citeLines(item, index) }];
        const released = releaseError(lines, index);
        if (released !== undefined) return [{ ...released, item, cite: () => citeLines(item, index) }];
        const plain = saidInJson(line) ?? plainLine(line);
        if (line.length > 8000 || !SAYS_ERROR.test(plain) || refusesReader(line, item.command)) return [];
        const logged = item.source.kind === 'log' && item.object !== undefined;
        if (logged || isOfController(item, line)) return [];
        const said = [plain, ...goesOnBelow(lines, index)].join('\n').trim();
        const object = patchedAbove(lines, index);
        const of = object === undefined ? {} : { object };
        return [{ text: said, origin: 'output', reason: '', item, ...of, cite: () => citeLines(item, index) }];
      }),
    );
}

/** What Argo CD says of an operation that failed, when the last one went well. */
function isMoot(scene: Scene, { object: ref, reason, type }: Scene['events'][number]): boolean {
  if (ref?.kind !== 'Application' || reason !== 'OperationCompleted' || type !== 'Warning') return false;
  return at(findObject(scene, ref)?.object, 'status', 'operationState', 'phase') === 'Succeeded';
}

/**
 * The object that a message about an Application is really about: Argo CD repeats there what the API server said of one of its
 * resources. The Application itself when it is none of them, or several.
 */
function refused(scene: Scene, ref: ObjectRef, said: string): ObjectRef {
  if (ref.kind !== 'Application') return ref;
  const synced = objects(at(findObject(scene, ref)?.object, 'status', 'operationState', 'syncResult', 'resources'));
  const why = REASON.exec(said)?.[1] ?? '';
  const failed = synced.filter(({ status, hookType, message }) => {
    const own = text(message) ?? '';
    if (status !== 'SyncFailed' || hookType !== undefined || own === '') return false;
    return said.includes(own.slice(0, REPEATED)) || (why.length >= TELLING && own.startsWith(why));
  });
  const [one, ...others] = failed;
  const [kind, name, namespace] = [text(one?.kind), text(one?.name), text(one?.namespace)];
  if (kind === undefined || name === undefined || others.length > 0) return ref;
  return { kind, name, ...(namespace === undefined || namespace === '' ? {} : { namespace }) };
}

/** Events cut what they repeat. */
const REPEATED = 120;

/** Why an operation failed, in the words of the API server or their beginning, and between what Argo CD says itself. */
const REASON = /failed to apply, reason: ([\s\S]+?)\.*(?: ?\(retried \d+ times\))?\.?\s*$/;
/** A shorter beginning may be of any refusal. */
const TELLING = 30;

/** Every message of the scene: events first, then conditions and statuses, then tool output. */
export function messagesOf(scene: Scene): Message[] {
  const events = scene.events
    .filter((event) => !isMoot(scene, event))
    .map(
      (event): Message => ({
        text: event.message,
        origin: 'event',
        reason: event.reason,
        item: event.item,
        ...(event.object === undefined ? {} : { object: refused(scene, event.object, event.message) }),
        ...(event.age === undefined ? {} : { age: event.age }),
        ...(event.since === undefined ? {} : { since: event.since }),
        count: event.count,
        ...(event.time === undefined ? {} : { time: event.time }),
        warning: event.type === 'Warning',
        cite: () =>
          event.item.source.kind === 'object'
            ? (citeMessage(event.item, event.message) ?? citeText(event.item, event.reason))
            : citeLines(event.item, event.index),
      }),
    );
  const controllers = controllersSay(scene).map(
    ({ item, index, object, text: said }): Message => ({
      text: said,
      origin: object.kind === 'Application' ? 'argocd' : 'condition',
      reason: '',
      object,
      item,
      cite: () => citeLines(item, index),
    }),
  );
  return [...events, ...statusMessages(scene), ...controllers, ...outputMessages(scene)];
}
