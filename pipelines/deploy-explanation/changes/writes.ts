import {
  changedFields,
  firstText,
  KIND,
  NAME,
  recordsOfChanges,
  SPACE,
  TIME,
  WHO,
} from '../../../src/evidence/config-changes.ts';
import { kindOf } from '../../../src/evidence/kinds.ts';
import type { EvidenceItem } from '../../../src/evidence/model.ts';
import { at, type Json, text } from '../../../src/json.ts';
import { millisOf } from '../moments.ts';
import type { View } from '../view.ts';

/** One write to an object, as an audit log or a record of changes tells it, whether or not it says what changed in it. */
export interface Write {
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
const MAX_FIELDS = 3;
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
function audited(value: Json, item: EvidenceItem): Write | undefined {
  const [verb, who] = [text(value.verb) ?? '', text(at(value, 'user', 'username'))];
  const [resource, name] = [text(at(value, 'objectRef', 'resource')), text(at(value, 'objectRef', 'name'))];
  const time = text(value.requestReceivedTimestamp) ?? text(value.stageTimestamp);
  if (who === undefined || resource === undefined || name === undefined || time === undefined) return undefined;
  const code = Number(text(at(value, 'responseStatus', 'code')) ?? 200);
  if (!WRITES.test(verb) || code >= 400 || MACHINE.test(who)) return undefined;
  const part = text(at(value, 'objectRef', 'subresource'));
  const namespace = text(at(value, 'objectRef', 'namespace'));
  const kind = kindOf(resource) ?? resource;
  const what = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return {
    item,
    who,
    did: PAST[verb] ?? verb,
    what: part === undefined || part === 'status' ? what : `${what} (${part})`,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    time,
  };
}

/** `env.DB_USER pan → meter`, for the first of the fields that a record shows before and after. */
const differences = (value: Json): string =>
  changedFields(value)
    .slice(0, MAX_FIELDS)
    .map(({ path, before = '(none)', after = '(none)' }) => `${path} ${before} → ${after}`)
    .join(', ');

/** A record of a tool that keeps changes: what was changed, by whom and when. */
function recorded(value: Json, item: EvidenceItem): Write | undefined {
  const [who, name, time] = [firstText(value, WHO), firstText(value, NAME), firstText(value, TIME)];
  if (name === undefined || time === undefined || millisOf(time) === undefined) return undefined;
  // What happens by itself leaves a name and a time, too: a change says what was done, or by whom.
  const done = firstText(value, ['change_type', 'action', 'verb', 'operation', 'event'])?.toLowerCase();
  if (who === undefined && !(done !== undefined && WRITES.test(done))) return undefined;
  // `Deployment/crm/web`, `Deployment/web`
  const parts = name.split('/');
  const leading = parts.length > 1 ? kindOf(parts[0] ?? '') : undefined;
  const own = parts.at(-1) ?? name;
  const said = firstText(value, KIND) ?? leading;
  const kind = said === undefined ? undefined : (kindOf(said) ?? said);
  const place = leading === undefined ? parts.slice(0, -1) : parts.slice(1, -1);
  const namespace = firstText(value, SPACE) ?? (place.length === 1 ? place[0] : undefined);
  const what = `${kind === undefined ? '' : `${kind} `}${namespace === undefined ? '' : `${namespace}/`}${own}`;
  const detail =
    differences(value) || firstText(value, ['diff', 'summary', 'description', 'title', 'change', 'message']);
  const did = done ?? 'changed';
  return {
    item,
    ...(who === undefined ? {} : { who }),
    did: PAST[did] ?? did,
    what: detail === undefined ? what : `${what} (${detail.slice(0, 160)})`,
    ...(kind === undefined ? {} : { kind }),
    ...(namespace === undefined ? {} : { namespace }),
    name: own,
    time,
  };
}

/** Members that such records have. */
const RECORDS =
  /"(?:user|actor|author|changed_?[bB]y|updated_by|initiator|principal|change_type|operation|verb|action)"\s*:/;

/** All writes to objects that audit logs and records of changes in the evidence tell of, the newest first. */
export function writesTold(view: View): Write[] {
  return view.scene.items
    .filter(({ text: said }) => said.length <= MAX_CHARS && RECORDS.test(said))
    .flatMap((item) =>
      recordsOfChanges(item.text).flatMap((value) => audited(value, item) ?? recorded(value, item) ?? []),
    )
    .toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0));
}
