import { isObject, type Json, text } from '../json.ts';
import { clusterOf } from './asked-cluster.ts';
import { type ObjectRef, sameObject } from './model.ts';
import { refOfObject } from './refs.ts';
import type { SceneObject, Sighting } from './scene.ts';

const DEPTH = 6;

/**
 * Conditions that a description shows without their messages keep what was said of them elsewhere, as long as it is the same state. Where
 * none has more than its state, as tools sum them up, those of other types stand as well.
 */
function conditions(under: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  const bare = over.every((one) => isObject(one) && one.reason === undefined && one.message === undefined);
  const rest = under.filter(
    (one) => bare && isObject(one) && !over.some((other) => isObject(other) && other.type === one.type),
  );
  const told = over.map((condition) => {
    if (!isObject(condition) || condition.message !== undefined) return condition;
    const keys = condition.reason === undefined ? ['type', 'status'] : ['type', 'status', 'reason'];
    const same = (other: unknown): other is Json =>
      isObject(other) && keys.every((key) => other[key] === condition[key]);
    return { ...under.find(same), ...condition };
  });
  return [...told, ...rest];
}

/** `over` wins; nested objects are merged, arrays and scalars replaced. */
function deep(under: Json, over: Json, depth = 0): Json {
  const out: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = out[key];
    if (isObject(before) && isObject(value) && depth < DEPTH) out[key] = deep(before, value, depth + 1);
    else if (key === 'conditions' && Array.isArray(before) && Array.isArray(value))
      out[key] = conditions(before, value);
    else if (value !== undefined) out[key] = value;
  }
  return out;
}

/**
 * Tables call a custom resource by what was typed or by its resource and group (`challenge.acme.cert-manager.io/x`); where a description
 * or a manifest shows one of that kind, all are called by its name.
 */
function withKindsOf(sightings: readonly Sighting[]): readonly Sighting[] {
  const kinds = new Map<string, { kind: string; group: string }>();
  for (const { object } of sightings) {
    const [kind, group] = [text(object.kind) ?? '', (text(object.apiVersion) ?? '').split('/')[0] ?? ''];
    if (/^[A-Z]/.test(kind) && group !== '') kinds.set(kind.toLowerCase(), { kind, group });
  }
  return sightings.map((sighting) => {
    const typed = text(sighting.object.kind) ?? '';
    if (!/^[a-z]/.test(typed)) return sighting;
    const [word = '', ...rest] = typed.split('.');
    const known = [word, word.replace(/s$/, ''), word.replace(/es$/, ''), word.replace(/ies$/, 'y')].flatMap(
      (one) => kinds.get(one) ?? [],
    )[0];
    if (known === undefined || (rest.length > 0 && rest.join('.') !== known.group)) return sighting;
    return { ...sighting, object: { ...sighting.object, kind: known.kind } };
  });
}

/** Events with the kinds of objects that are seen, where a table has them in lower case: `canary/quotes`. */
export function kindsAsSeen<T extends { readonly object?: ObjectRef }>(
  events: readonly T[],
  seen: readonly SceneObject[],
): T[] {
  const kinds = new Map(seen.map(({ ref }) => [ref.kind.toLowerCase(), ref.kind]));
  return events.map((event) => {
    const kind = /^[a-z]+$/.test(event.object?.kind ?? '') ? kinds.get(event.object?.kind ?? '') : undefined;
    return event.object === undefined || kind === undefined ? event : { ...event, object: { ...event.object, kind } };
  });
}

/**
 * Joins all sightings of one object: rows first, oldest first by their age column, then what shows the object whole, in
 * the order given, so that the last full view wins.
 */
export function mergeObjects(sightings: readonly Sighting[]): SceneObject[] {
  const groups = new Map<string, { ref: ObjectRef; sightings: Sighting[]; cluster?: string }[]>();
  for (const sighting of withKindsOf(sightings)) {
    const ref = refOfObject(sighting.object);
    if (ref === undefined) continue;
    const key = `${ref.kind}/${ref.name}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const cluster = clusterOf(sighting.item.command);
    // Namesakes in two clusters are two objects.
    const mayBe = (other: string | undefined) => cluster === undefined || other === undefined || other === cluster;
    const found = group.find((candidate) => sameObject(candidate.ref, ref) && mayBe(candidate.cluster));
    if (found === undefined) group.push({ ref, sightings: [sighting], ...(cluster === undefined ? {} : { cluster }) });
    else {
      found.sightings.push(sighting);
      if (cluster !== undefined) found.cluster ??= cluster;
      found.ref = { ...ref, ...found.ref };
    }
  }
  return [...groups.values()].flat().map(({ ref, sightings: seen }) => {
    const age = (sighting: Sighting) => (typeof sighting.object.age === 'number' ? sighting.object.age : 0);
    const rows = seen.filter((sighting) => sighting.partial).sort((a, b) => age(a) - age(b));
    const full = seen.filter((sighting) => !sighting.partial);
    const object = [...rows, ...full].reduce<Json>((sum, sighting) => deep(sum, sighting.object), {});
    return { ref, object, sightings: [...full, ...rows] };
  });
}
