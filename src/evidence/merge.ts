import { isObject, type Json } from '../json.ts';
import { type ObjectRef, sameObject } from './model.ts';
import { refOfObject } from './refs.ts';
import type { SceneObject, Sighting } from './scene.ts';

const DEPTH = 6;

/** `over` wins; nested objects are merged, arrays and scalars replaced. */
function deep(under: Json, over: Json, depth = 0): Json {
  const out: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = out[key];
    if (isObject(before) && isObject(value) && depth < DEPTH) out[key] = deep(before, value, depth + 1);
    else if (value !== undefined) out[key] = value;
  }
  return out;
}

/**
 * Joins all sightings of one object: rows first, oldest first by their age column, then what shows the object whole, in
 * the order given, so that the last full view wins.
 */
export function mergeObjects(sightings: readonly Sighting[]): SceneObject[] {
  const groups = new Map<string, { ref: ObjectRef; sightings: Sighting[] }[]>();
  for (const sighting of sightings) {
    const ref = refOfObject(sighting.object);
    if (ref === undefined) continue;
    const key = `${ref.kind}/${ref.name}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const found = group.find((candidate) => sameObject(candidate.ref, ref));
    if (found === undefined) group.push({ ref, sightings: [sighting] });
    else {
      found.sightings.push(sighting);
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
