import { citeText } from '../../src/evidence/cite.ts';
import { kindOf } from '../../src/evidence/kinds.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';
import { asArray, at, isObject, type Json, objects, text } from '../../src/json.ts';
import type { Fact } from './facts.ts';
import { millisOf } from './moments.ts';
import type { View } from './view.ts';

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

const first = (value: Json, ...keys: readonly string[]): string | undefined =>
  keys.map((key) => text(value[key])).find((one) => one !== undefined && one !== '');

/** A record of a tool that keeps changes: what was changed, by whom and when. */
function recorded(value: Json, item: EvidenceItem): Change | undefined {
  const who = first(
    value,
    'user',
    'username',
    'actor',
    'author',
    'changed_by',
    'changedBy',
    'updated_by',
    'initiator',
    'principal',
  );
  const name = first(
    value,
    'subject_name',
    'resource_name',
    'resourceName',
    'object_name',
    'name',
    'resource',
    'target',
    'workload',
  );
  const time = first(
    value,
    'timestamp',
    'start_timestamp',
    'starts_at',
    'time',
    'changed_at',
    'at',
    'date',
    'created_at',
  );
  if (who === undefined || name === undefined || time === undefined || millisOf(time) === undefined) return undefined;
  const kind = first(value, 'subject_type', 'kind', 'resource_type', 'resourceType');
  const namespace = first(value, 'subject_namespace', 'namespace');
  const what = `${kind === undefined ? '' : `${kindOf(kind) ?? kind} `}${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const detail = first(value, 'diff', 'summary', 'description', 'title', 'change', 'message');
  const did = first(value, 'change_type', 'action', 'verb', 'operation', 'event') ?? 'changed';
  return {
    item,
    who,
    did: PAST[did] ?? did,
    what: detail === undefined ? what : `${what} (${detail.slice(0, 160)})`,
    name: name.split('/').at(-1) ?? name,
    time,
  };
}

function valuesIn(source: string): Json[] {
  const read = (part: string): unknown => {
    try {
      return JSON.parse(part);
    } catch {
      return undefined;
    }
  };
  if (!/^\s*[[{]/.test(source)) return [];
  const whole = read(source);
  if (whole === undefined)
    return source.split('\n').flatMap((line) => (line.startsWith('{') ? objects([read(line)]) : []));
  if (Array.isArray(whole)) return [...objects(whole)];
  const lists = isObject(whole) ? Object.values(whole).filter(Array.isArray) : [];
  return lists.length > 0 ? lists.flatMap((list) => [...objects(asArray(list))]) : isObject(whole) ? [whole] : [];
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
    .flatMap((item) => valuesIn(item.text).flatMap((value) => audited(value, item) ?? recorded(value, item) ?? []))
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
