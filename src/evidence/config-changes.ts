import { asArray, asObject, isObject, type Json, objects, text } from '../json.ts';
import { citeText } from './cite.ts';
import { kindOf } from './kinds.ts';
import type { Citation, EvidenceItem, ObjectRef } from './model.ts';

/** One field that a record of changes shows with its values before and after; absent on the side where there was none. */
export interface ChangedField {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** One change of an object of the cluster, as a tool that keeps records of changes tells it. */
export interface RecordedChange {
  readonly item: EvidenceItem;
  readonly object: ObjectRef;
  readonly fields: readonly ChangedField[];
  readonly time?: string;
  readonly who?: string;
  cite(): Citation[];
}

const MAX_CHARS = 4 * 1024 * 1024;
/** Where such a record may hold its object, and the members that tell kind, name, namespace, time and who did it. */
const SUBJECT = ['subject', 'object', 'resource', 'target', 'involved_object', 'involvedObject', 'entity'] as const;
export const KIND = [
  'subject_type',
  'resource_kind',
  'resource_type',
  'resourceKind',
  'resourceType',
  'object_kind',
  'kind',
];
export const NAME = [
  'subject_name',
  'resource_name',
  'resourceName',
  'object_name',
  'name',
  'resource',
  'target',
  'workload',
];
export const SPACE = ['subject_namespace', 'resource_namespace', 'namespace'];
export const TIME = [
  'timestamp',
  'start_timestamp',
  'starts_at',
  'time',
  'changed_at',
  'at',
  'date',
  'created_at',
  'when',
];
export const WHO = [
  'user',
  'username',
  'actor',
  'author',
  'changed_by',
  'changedBy',
  'updated_by',
  'initiator',
  'principal',
  'by',
  'manager',
];
const FIELDS = ['changes', 'diff', 'diffs', 'fields', 'updates', 'changed_fields', 'changedFields', 'differences'];
const PATH = ['path', 'field', 'key', 'property', 'jsonpath', 'jsonPath', 'json_path', 'attribute'];
const BEFORE = ['old', 'before', 'from', 'previous', 'old_value', 'oldValue', 'previous_value', 'was'];
const AFTER = ['new', 'after', 'to', 'current', 'new_value', 'newValue', 'value', 'now'];

/** The first of these members that holds a text. */
export const firstText = (value: Json, keys: readonly string[]): string | undefined =>
  keys.map((key) => text(value[key])).find((one) => one !== undefined && one !== '');

/** A place in an object, not just any word: it has steps. */
const PLACE =
  /^(?:\/?(?:spec|data|stringData|metadata|webhooks|rules|subjects|roleRef)\b|[\w-]+[.[/])[\w.[\]"'/~()=-]*$/;
/** `spec.replicas: 3 -> 1`, as tools write one changed field in a line. */
const LINE = /^\s*(?:[-*•]\s+)?([^\s:][^\s]*?)\s*:\s+(.{0,2000}?)\s*(?:->|→|=>)\s*(.{0,2000})$/;
/** `--- deployment/web  2026-01-02T03:04:05Z  by someone`: the head of one change in a text. */
const HEAD = /^(?:---|###?|[*-])?\s*([A-Za-z]+)\/(?:([\w.-]+)\/)?([\w.-]+)\b(.*)$/;
const STAMP = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?/;

const unquoted = (value: string): string => value.trim().replace(/^(["'`])(.*)\1$/, '$2');

function fieldAt(path: string, before: unknown, after: unknown): ChangedField[] {
  const [old, now] = [before, after].map((value) =>
    value === undefined || value === null ? undefined : unquoted(text(value) ?? JSON.stringify(value)),
  );
  if (!PLACE.test(path) || old === now) return [];
  return [{ path, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
}

function fieldInLine(line: string): ChangedField[] {
  const [, path = '', before, after] = LINE.exec(line) ?? [];
  const plain = (value: string | undefined) =>
    /^(?:<?(?:none|unset|nil|null)>?|)$/i.test(value ?? '') ? undefined : value;
  return path === '' ? [] : fieldAt(path, plain(before), plain(after));
}

/** The fields of one record: a list of them, a map from places to values, or lines. */
function fieldsIn(told: unknown): ChangedField[] {
  if (typeof told === 'string') return told.split('\n').flatMap(fieldInLine);
  if (Array.isArray(told))
    return told.flatMap((one): ChangedField[] => {
      if (typeof one === 'string') return fieldInLine(one);
      if (!isObject(one)) return [];
      const member = (keys: readonly string[]) => keys.map((key) => one[key]).find((value) => value !== undefined);
      return fieldAt(firstText(one, PATH) ?? '', member(BEFORE), member(AFTER));
    });
  return Object.entries(asObject(told)).flatMap(([path, values]): ChangedField[] => {
    if (Array.isArray(values)) return values.length === 2 ? fieldAt(path, values[0], values[1]) : [];
    return isObject(values) ? fieldsIn([{ ...values, path }]) : [];
  });
}

/** `Deployment web/login updated`, `Updated deployment ratings in namespace film`. */
function objectInTitle(title: string): ObjectRef | undefined {
  for (const [, word = '', first = '', second] of title.matchAll(/\b([A-Za-z]+) (?=([\w.-]+)(?:\/([\w.-]+))?)/g)) {
    const kind = kindOf(word);
    if (kind === undefined) continue;
    const within = second === undefined ? /\b(?:in )?namespace ([\w.-]+)/.exec(title)?.[1] : first;
    return { kind, name: second ?? first, ...(within === undefined ? {} : { namespace: within }) };
  }
  return undefined;
}

function objectOf(value: Json): ObjectRef | undefined {
  const inner = SUBJECT.map((key) => value[key]).find(isObject);
  const own = inner === undefined ? value : { ...value, ...inner };
  const said = firstText(own, KIND);
  const kind = said === undefined ? undefined : kindOf(said);
  const name = firstText(own, NAME);
  if (kind === undefined || name === undefined) return objectInTitle(text(value.title) ?? '');
  const namespace = firstText(own, SPACE);
  return { kind, name: name.split('/').at(-1) ?? name, ...(namespace === undefined ? {} : { namespace }) };
}

/** What a list of changes, an object that holds one, or one record a line holds. */
export function recordsOfChanges(source: string): Json[] {
  const read = (part: string): unknown => {
    try {
      return JSON.parse(part);
    } catch {
      return undefined;
    }
  };
  if (source.length > MAX_CHARS || !/^\s*[[{]/.test(source)) return [];
  const whole = read(source);
  if (whole === undefined)
    return source.split('\n').flatMap((line) => (line.startsWith('{') ? objects([read(line)]) : []));
  if (Array.isArray(whole)) return [...objects(whole)];
  if (!isObject(whole)) return [];
  // A single record has such lists of its own.
  if (objectOf(whole) !== undefined) return [whole];
  const lists = Object.values(whole).filter(Array.isArray);
  return lists.length > 0 ? lists.flatMap((list) => [...objects(asArray(list))]) : [whole];
}

/** Fields of two maps, of which one is how it was and the other how it is: `{"old": {"spec.replicas": 2}, "new": {"spec.replicas": 1}}`. */
function fieldsOfPair(record: Json): ChangedField[] {
  const [before, after] = [BEFORE, AFTER].map((keys) => keys.map((key) => record[key]).find(isObject));
  if (before === undefined || after === undefined) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((path) =>
    fieldAt(path, before[path], after[path]),
  );
}

/** The changed fields of a record, in whatever member it holds them. */
export function changedFields(record: Json): ChangedField[] {
  return FIELDS.map((key) => fieldsIn(record[key])).find((fields) => fields.length > 0) ?? fieldsOfPair(record);
}

function inJson(item: EvidenceItem): RecordedChange[] {
  return recordsOfChanges(item.text).flatMap((record): RecordedChange[] => {
    const object = objectOf(record);
    const fields = changedFields(record);
    if (object === undefined || fields.length === 0) return [];
    const [time, who] = [firstText(record, TIME), firstText(record, WHO)];
    return [made(item, object, fields, time, who)];
  });
}

function inLines(item: EvidenceItem): RecordedChange[] {
  const found: RecordedChange[] = [];
  let head: { object: ObjectRef; time?: string; who?: string } | undefined;
  let fields: ChangedField[] = [];
  const close = () => {
    if (head !== undefined && fields.length > 0) found.push(made(item, head.object, fields, head.time, head.who));
    fields = [];
  };
  for (const line of item.text.split('\n')) {
    const field = fieldInLine(line);
    if (field.length > 0) {
      fields.push(...field);
      continue;
    }
    const [, word = '', namespace, name = '', rest = ''] = HEAD.exec(line) ?? [];
    const kind = kindOf(word);
    if (kind === undefined || !STAMP.test(rest)) continue;
    close();
    const [time, who] = [STAMP.exec(rest)?.[0], /\bby (\S+)/.exec(rest)?.[1]];
    head = {
      object: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
      ...(time === undefined ? {} : { time }),
      ...(who === undefined ? {} : { who }),
    };
  }
  close();
  return found;
}

function made(
  item: EvidenceItem,
  object: ObjectRef,
  fields: readonly ChangedField[],
  time: string | undefined,
  who: string | undefined,
): RecordedChange {
  return {
    item,
    object,
    fields,
    ...(time === undefined ? {} : { time }),
    ...(who === undefined ? {} : { who }),
    cite: () =>
      fields
        .slice(0, 3)
        .flatMap(
          ({ path, after }) => citeText(item, path) ?? (after === undefined ? [] : (citeText(item, after) ?? [])),
        ),
  };
}

const KNOWN = new WeakMap<readonly EvidenceItem[], RecordedChange[]>();

/**
 * Changes of objects, field by field, that records of them in the evidence tell: JSON of any such tool, or lines below a head. Only what is shown
 * with its values before and after counts.
 */
export function recordedChanges(items: readonly EvidenceItem[]): readonly RecordedChange[] {
  const known =
    KNOWN.get(items) ??
    items.flatMap((item) =>
      item.text.length > MAX_CHARS || !/^(?:object|text|log|table|alert)$/.test(item.source.kind)
        ? []
        : /^\s*[[{]/.test(item.text)
          ? /"(?:changes|diffs?|fields|updates|changed_?[fF]ields|differences)"/.test(item.text)
            ? inJson(item)
            : []
          : /(?:->|→|=>)/.test(item.text)
            ? inLines(item)
            : [],
    );
  KNOWN.set(items, known);
  return known;
}

/** A change's object with its time and who made it, as far as these are told: `at …, by …`. */
export function whenAndWho({ time, who }: RecordedChange): string {
  return [time === undefined ? '' : ` at ${time}`, who === undefined ? '' : ` by \`${who}\``].join('');
}
