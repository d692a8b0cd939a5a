import { type EvidenceItem, refKey } from './model.ts';
import type { SceneEvent } from './scene.ts';

/** Events without those that another output of the same evidence shows in the same words: of the same time, they are the same. */
export function once(events: readonly SceneEvent[]): SceneEvent[] {
  const first = new Map<string, EvidenceItem>();
  return events.filter(({ item, index: _, object, time, age, ...said }) => {
    if (time === undefined && age === undefined) return true;
    const key = JSON.stringify([object && refKey(object), time, age, Object.entries(said).sort()]);
    const known = first.get(key);
    if (known === undefined) first.set(key, item);
    return known === undefined || known === item;
  });
}
