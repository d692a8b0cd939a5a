import { isObject, type Json, objects, text } from '../../json.ts';
import { toneOf } from './words.ts';

const NAMES =
  /^(?:name|id|displayName|domain|host|hostname|node|nodeName|cluster\w*|parentRef|ancestorRef|targetRef|resourceRef|catalogSourceRef|type)$/i;

/** What one member of a list or a map is called: by its name before a number or a host, and in that in the order written. */
export function nameOf(member: Json): string | undefined {
  const keys = Object.keys(member).filter((key) => NAMES.test(key));
  const [names, others] = [keys.filter((key) => /^name$/i.test(key)), keys.filter((key) => !/^name$/i.test(key))];
  for (const key of [...names, ...others]) {
    const value = member[key];
    const name = typeof value === 'string' ? value : isObject(value) ? text(value.name) : undefined;
    if (name !== undefined && name !== '' && name.length < 100) return name;
  }
  return undefined;
}

/** A text that may be a name: one word that is no time and says nothing of how a thing is. */
function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[^\s]{1,99}$/.test(value) &&
    Number.isNaN(Date.parse(value)) &&
    toneOf(value) === undefined
  );
}

/** The field that tells the members of a list apart, where none is called a name. */
function keyOf(members: readonly Json[]): string | undefined {
  if (members.length < 2) return undefined;
  return Object.keys(members[0] ?? {}).find(
    (key) =>
      members.every((member) => isName(member[key])) &&
      new Set(members.map((member) => member[key])).size === members.length,
  );
}

/** The newest entry of a history: by its times, or the first, where it has none. */
export function newestOf(entries: readonly Json[]): Json | undefined {
  const time = (entry: Json) => Math.max(0, ...Object.values(entry).map((value) => Date.parse(text(value) ?? '') || 0));
  return entries.toSorted((a, b) => time(b) - time(a))[0];
}

/** The members outermost first, with one more. */
export function within(of: string, name: string | undefined): string {
  return name === undefined ? of : of === '' ? name : `${of}, ${name}`;
}

/** The maps in a field, with what each is called: members of a list, of a map of maps, or the one that it is. */
export function membersOf(value: unknown): (readonly [string | undefined, Json])[] {
  if (Array.isArray(value)) {
    const members = objects(value);
    const key = members.some((member) => nameOf(member) !== undefined) ? undefined : keyOf(members);
    return members.map((member) => [key === undefined ? nameOf(member) : text(member[key]), member]);
  }
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  const maps = entries.length > 0 && entries.every(([, member]) => isObject(member));
  // Where there is a key, a type is no name.
  const called = (key: string, member: unknown) => nameOf({ ...(member as Json), type: undefined }) ?? key;
  return maps ? entries.map(([key, member]) => [called(key, member), member as Json]) : [[undefined, value]];
}
