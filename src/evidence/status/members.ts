import { isObject, type Json, objects, text } from '../../json.ts';

const NAMES =
  /^(?:name|id|displayName|domain|host|hostname|node|nodeName|cluster\w*|parentRef|ancestorRef|targetRef|resourceRef|catalogSourceRef|type)$/i;

/** What one member of a list or a map is called. */
export function nameOf(member: Json): string | undefined {
  for (const [key, value] of Object.entries(member)) {
    if (!NAMES.test(key)) continue;
    const name = typeof value === 'string' ? value : isObject(value) ? text(value.name) : undefined;
    if (name !== undefined && name !== '' && name.length < 100) return name;
  }
  return undefined;
}

/** The members outermost first, with one more. */
export function within(of: string, name: string | undefined): string {
  return name === undefined ? of : of === '' ? name : `${of}, ${name}`;
}

/** The maps in a field, with what each is called: members of a list, of a map of maps, or the one that it is. */
export function membersOf(value: unknown): (readonly [string | undefined, Json])[] {
  if (Array.isArray(value)) return objects(value).map((member) => [nameOf(member), member]);
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  const maps = entries.length > 0 && entries.every(([, member]) => isObject(member));
  return maps ? entries.map(([key, member]) => [nameOf(member as Json) ?? key, member as Json]) : [[undefined, value]];
}
