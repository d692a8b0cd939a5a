import { kindOf } from '../../../src/evidence/kinds.ts';
import type { EvidenceItem } from '../../../src/evidence/model.ts';
import { asArray, at, isObject, type Json, objects, text } from '../../../src/json.ts';
import { millisOf } from '../moments.ts';
import type { View } from '../view.ts';

/** One write to an object, as an audit log or a record of changes tells it. */
export interface RecordedChange {
  readonly item: EvidenceItem;
  /** Absent where the record does not say. */
  readonly who?: string;
  readonly did: string;
  readonly what: string;
  /** The kind as Kubernetes has it, as far as the record says one. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly time: string;
}

const MAX_CHARS = 4 * 1024 * 1024;
/** What the API server's audit log writes of writes; reading changes nothing. */
const WRITES = /^(?:create|update|patch|delete|deletecollection)d?$/;
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
function audited(value: Json, item: EvidenceItem): RecordedChange | undefined {
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
    kind: kindOf(resource) ?? resource,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    time,
  };
}

const first = (value: Json, ...keys: readonly string[]): string | undefined =>
  keys.map((key) => text(value[key])).find((one) => one !== undefined && one !== '');

/** `spec.replicas 6 → 12`, where a record keeps the fields that changed before and after. */
function differences(value: Json): string | undefined {
  const [before, after] = [value.old ?? value.before ?? value.from, value.new ?? value.after ?? value.to];
  if (!isObject(before) || !isObject(after)) return undefined;
  const told = Object.entries(after).flatMap(([key, now]) => {
    const [was, is] = [text(before[key]), text(now)];
    return was === is || is === undefined ? [] : [`${key} ${was ?? '(none)'} → ${is}`];
  });
  return told.length === 0 ? undefined : told.slice(0, 3).join(', ');
}

/** A record of a tool that keeps changes: what was changed, by whom and when. */
function recorded(value: Json, item: EvidenceItem): RecordedChange | undefined {
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
  if (name === undefined || time === undefined || millisOf(time) === undefined) return undefined;
  // `Deployment/crm/web`, `Deployment/web`
  const parts = name.split('/');
  const leading = parts.length > 1 ? kindOf(parts[0] ?? '') : undefined;
  const own = parts.at(-1) ?? name;
  const kind = first(value, 'subject_type', 'kind', 'resource_type', 'resourceType') ?? leading;
  const namespace =
    first(value, 'subject_namespace', 'namespace') ??
    (leading === undefined ? (parts.length === 2 ? parts[0] : undefined) : parts.length === 3 ? parts[1] : undefined);
  const what = `${kind === undefined ? '' : `${kindOf(kind) ?? kind} `}${namespace === undefined ? '' : `${namespace}/`}${own}`;
  const detail = first(value, 'diff', 'summary', 'description', 'title', 'change', 'message') ?? differences(value);
  // What happens by itself leaves a name and a time, too: a change says what was done, or by whom.
  const done = first(value, 'change_type', 'action', 'verb', 'operation', 'event');
  if (who === undefined && !(done !== undefined && WRITES.test(done.toLowerCase()))) return undefined;
  const did = done?.toLowerCase() ?? 'changed';
  return {
    item,
    ...(who === undefined ? {} : { who }),
    did: PAST[did] ?? did,
    what: detail === undefined ? what : `${what} (${detail.slice(0, 160)})`,
    ...(kind === undefined ? {} : { kind: kindOf(kind) ?? kind }),
    ...(namespace === undefined ? {} : { namespace }),
    name: own,
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

/** All writes to objects that audit logs and records of changes in the evidence tell of, the newest first. */
export function recordedChanges(view: View): RecordedChange[] {
  return view.scene.items
    .filter(({ text: said }) => said.length <= MAX_CHARS && RECORDS.test(said))
    .flatMap((item) => valuesIn(item.text).flatMap((value) => audited(value, item) ?? recorded(value, item) ?? []))
    .toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0));
}

/** Members that such records have. */
const RECORDS =
  /"(?:user|actor|author|changed_?[bB]y|updated_by|initiator|principal|change_type|operation|verb|action)"\s*:/;
