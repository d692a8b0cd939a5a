import { isObject, number, strings, text } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import type { ObjectRef } from '../model.ts';
import type { EventRecord } from '../parse/events.ts';
import { ageSeconds } from '../parse/table.ts';
import { under, wordsOf } from './fields.ts';
import type { TextRecord } from './read.ts';

const OF = /^(?:involved |regarding |target )?(?:object|resource|involved|regarding)?(?: object)?(?: name)?$/;

/** An object that an event is of, as the API has it: `{"kind": "Pod", "name": "web-0"}`. */
function refIn(value: unknown, namespace: string | undefined): ObjectRef | undefined {
  const { kind, name, namespace: own } = strings(value);
  const where = own ?? namespace;
  if (kind === undefined || name === undefined) return undefined;
  return { kind: kindOf(kind) ?? kind, name, ...(where === undefined || kind === 'Node' ? {} : { namespace: where }) };
}

function objectOf(
  fields: TextRecord['fields'],
  namespace: string | undefined,
  about: ObjectRef | undefined,
): ObjectRef | undefined {
  const kind = text(under(fields, /^(?:involved |object |resource |regarding )?(?:object )?kind$/));
  const named = Object.entries(fields).map(([name, value]) => [wordsOf(name), value] as const);
  const said = named.find(
    ([words, value]) => words !== '' && OF.test(words) && typeof value === 'string' && value !== '',
  )?.[1];
  const whole = named.find(([words, value]) => words !== '' && OF.test(words) && isObject(value))?.[1];
  const own = refIn(whole, namespace);
  if (own !== undefined) return own;
  const plain = named.find(([words]) => words === 'name' || words === 'pod')?.[1];
  const where = text(under(fields, /^(?:namespace|ns)$/)) ?? namespace;
  const given = text(said) ?? text(plain);
  const [left, right] = given?.includes('/') === true ? given.split('/', 2) : [kind, given];
  const known = left === undefined ? undefined : (kindOf(left) ?? left);
  if (known === undefined || right === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(right)) return about;
  return { kind: known, name: right, ...(where === undefined || known === 'Node' ? {} : { namespace: where }) };
}

/**
 * Events as a tool of one's own lists them (`{"severity": "Warning", "reason": "BackOff", "involvedName": "web-0", "note": "…", "times": 4}`), whatever
 * it calls their parts. Undefined where any of the records is none: without a reason and a message, or of nothing.
 */
export function eventsInRecords(
  records: readonly TextRecord[],
  namespace?: string,
  about?: ObjectRef,
): EventRecord[] | undefined {
  const found: EventRecord[] = [];
  for (const { fields, index } of records) {
    const reason = text(under(fields, /^(?:event )?reason$/));
    const message = text(under(fields, /^(?:message|msg|note|description|details?|text)$/));
    const type = text(under(fields, /^(?:event )?(?:type|severity|level|kind)$/));
    if (reason === undefined || message === undefined || isObject(fields.metadata)) return undefined;
    if (!/^(?:Normal|Warning)$/.test(type ?? '')) return undefined;
    const object = objectOf(fields, namespace, about);
    if (object === undefined) return undefined;
    const seen = text(under(fields, /^(?:last (?:seen|timestamp|time|occurrence)|time|timestamp|age|when)$/)) ?? '';
    const age = ageSeconds(seen.replace(/ ago$/, ''));
    const counted = under(fields, /^(?:count|times|occurrences|x|n)$/);
    const count = number(counted) ?? Number(text(counted) ?? 1);
    found.push({
      type: type ?? 'Normal',
      reason,
      message,
      count: Number.isFinite(count) ? count : 1,
      ...(age === undefined ? {} : { age }),
      ...(/^\d{4}-\d\d-\d\dT/.test(seen) ? { time: seen } : {}),
      object,
      index,
    });
  }
  return found.length === 0 ? undefined : found;
}
