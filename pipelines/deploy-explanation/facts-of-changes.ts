import { citeText } from '../../src/evidence/cite.ts';
import {
  changedFields,
  firstText,
  recordedChanges,
  recordsOfChanges,
  whenAndWho,
} from '../../src/evidence/config-changes.ts';
import { kindOf } from '../../src/evidence/kinds.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { at, type Json, text } from '../../src/json.ts';
import type { Fact } from './facts.ts';
import { millisOf } from './moments.ts';
import { differencesIn } from './recorded-shift.ts';
import { named, type View } from './view.ts';

/** One write to an object, as an audit log or a record of changes tells it. */
interface Change {
  readonly item: EvidenceItem;
  readonly who: string;
  readonly did: string;
  readonly what: string;
  readonly name: string;
  readonly time: string;
}

const MAX_CHARS = 4 * 1024 * 1024;
const MAX_TOLD = 3;
const WHO = /\b(?:who|whom|which (?:user|person|account|colleague|team))\b/i;
const DONE =
  /\b(?:chang|edit|modif|updat|patch|delet|remov|restart|scal|deploy|creat|appl|touch|roll|annotat|set|switch|add)(?:e?d|t?ed|ied|s|es|ing)?\b/i;
/** What the API server's audit log writes of writes; reading changes nothing. */
const WRITES = /^(?:create|update|patch|delete|deletecollection)$/;
const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'updated',
  patch: 'patched',
  delete: 'deleted',
  deletecollection: 'deleted',
};

/** Controllers and nodes write all the time; who asks for a person means none of them. */
const MACHINE = /^system:(?:node|kube-|serviceaccount:kube-system:)/;

/** An event of the audit log. https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
function audited(value: Json, item: EvidenceItem): Change | undefined {
  const [verb, who] = [text(value.verb) ?? '', text(at(value, 'user', 'username'))];
  const [resource, name] = [text(at(value, 'objectRef', 'resource')), text(at(value, 'objectRef', 'name'))];
  const time = text(value.requestReceivedTimestamp) ?? text(value.stageTimestamp);
  if (who === undefined || resource === undefined || name === undefined || time === undefined) return undefined;
  const code = Number(text(at(value, 'responseStatus', 'code')) ?? 200);
  if (!WRITES.test(verb) || code >= 400 || MACHINE.test(who)) return undefined;
  const part = text(at(value, 'objectRef', 'subresource'));
  const namespace = text(at(value, 'objectRef', 'namespace'));
  const what = `${kindOf(resource) ?? resource} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return {
    item,
    who,
    did: PAST[verb] ?? verb,
    what: part === undefined || part === 'status' ? what : `${what} (${part})`,
    name,
    time,
  };
}

/** A record of a tool that keeps changes: what was changed, by whom and when. */
function recorded(value: Json, item: EvidenceItem): Change | undefined {
  const who = firstText(value, [
    'user',
    'username',
    'actor',
    'author',
    'changed_by',
    'changedBy',
    'updated_by',
    'initiator',
    'principal',
  ]);
  const name = firstText(value, [
    'subject_name',
    'resource_name',
    'resourceName',
    'object_name',
    'name',
    'resource',
    'target',
    'workload',
  ]);
  const time = firstText(value, [
    'timestamp',
    'start_timestamp',
    'starts_at',
    'time',
    'changed_at',
    'at',
    'date',
    'created_at',
  ]);
  if (who === undefined || name === undefined || time === undefined || millisOf(time) === undefined) return undefined;
  const kind = firstText(value, ['subject_type', 'kind', 'resource_kind', 'resource_type', 'resourceType']);
  const namespace = firstText(value, ['subject_namespace', 'namespace']);
  const what = `${kind === undefined ? '' : `${kindOf(kind) ?? kind} `}${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const detail =
    changedFields(value)
      .slice(0, MAX_TOLD)
      .map(({ path, before = '(none)', after = '(none)' }) => `${path}: ${before} → ${after}`)
      .join(', ') || firstText(value, ['diff', 'summary', 'description', 'title', 'change', 'message']);
  const did = firstText(value, ['change_type', 'action', 'verb', 'operation', 'event']) ?? 'changed';
  return {
    item,
    who,
    did: PAST[did.toLowerCase()] ?? did,
    what: detail === undefined || detail === '' ? what : `${what} (${detail.slice(0, 160)})`,
    name: name.split('/').at(-1) ?? name,
    time,
  };
}

/** Who did something to what the question names, as an audit log or a record of changes tells: the newest first. */
export function whoChanged(question: string, view: View): Fact | undefined {
  if (!WHO.test(question) || !DONE.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const changes = view.scene.items
    .filter(
      ({ text: said }) =>
        said.length <= MAX_CHARS && /"(?:user|actor|author|changed_?[bB]y|updated_by|initiator|principal)"/.test(said),
    )
    .flatMap((item) =>
      recordsOfChanges(item.text).flatMap((value) => audited(value, item) ?? recorded(value, item) ?? []),
    )
    .filter(({ name }) => words.has(name))
    .toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0));
  if (changes.length === 0) return undefined;
  const told = changes.slice(0, MAX_TOLD);
  return {
    summary: told.map(({ who, did, what, time }) => `\`${who}\` ${did} ${what} at ${time}.`).join(' '),
    citations: told.flatMap(({ item, time }) => citeText(item, time) ?? []),
    alone: true,
  };
}

const ASKS_WHAT =
  /\b(?:what|which|anything|something|did (?:anything|something|some(?:body|one)))\b[^?.]{0,60}\b(?:chang\w*|edited|modified|different)\b|\bwhat(?:'s| is| was) new\b/i;

/** What was changed of the objects that the question names, else of all, as records of changes tell it: the newest first. */
export function whatChanged(question: string, view: View): Fact | undefined {
  if (!ASKS_WHAT.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const all = recordedChanges(view.scene.items).toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0));
  const own = all.filter(({ object }) => words.has(object.name));
  const told = (own.length > 0 ? own : all).slice(0, MAX_TOLD);
  if (told.length === 0) return undefined;
  return {
    summary: told
      .map(
        (one) =>
          `${named(one.object)} was changed${whenAndWho(one)}: ${differencesIn(one)
            .slice(0, MAX_TOLD)
            .map(({ what }) => what)
            .join(', ')}.`,
      )
      .join(' '),
    citations: told.flatMap((one) => one.cite()),
    alone: true,
  };
}
