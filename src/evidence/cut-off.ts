import { asObject, at, number, text } from '../json.ts';
import type { EvidenceItem, ObjectRef } from './model.ts';
import type { SceneEvent, Sighting } from './scene.ts';

/** What a person sees in place of a pod's name that was cut off. No object can be called so. */
export const UNNAMED = '(name cut off)';

/** Whether a row or object shows a pod that is neither up nor done. */
function isUnwell({ object }: Sighting): boolean {
  if (object.kind !== 'Pod') return false;
  const phase = text(at(object, 'status', 'phase'));
  const statuses = at(object, 'status', 'containerStatuses');
  const waits = Array.isArray(statuses) && statuses.some((one) => asObject(one).ready !== true);
  const again = Array.isArray(statuses) && statuses.some((one) => (number(asObject(one).restartCount) ?? 0) > 0);
  return phase !== 'Succeeded' && (phase !== 'Running' || waits || again);
}

/** The pod that a piece of a description is of, whose name was cut off: the only one that is unwell in what was pasted with it. */
function podBeside(sightings: readonly Sighting[], item: EvidenceItem): ObjectRef | undefined {
  const unwell = sightings.filter(
    (sighting) =>
      sighting.item.source.name === item.source.name &&
      text(at(sighting.object, 'metadata', 'name')) !== UNNAMED &&
      isUnwell(sighting),
  );
  const names = new Set(unwell.map(({ object }) => text(at(object, 'metadata', 'name'))));
  const [first] = unwell;
  if (first === undefined || names.size > 1) return undefined;
  const { name, namespace } = asObject(first.object.metadata);
  return { kind: 'Pod', name: String(name), ...(typeof namespace === 'string' ? { namespace } : {}) };
}

/** Pieces of descriptions that name no pod, and their events, as of the pod that they can only be of; others as they are. */
export function withNamesBeside(
  sightings: readonly Sighting[],
  events: readonly SceneEvent[],
): { sightings: readonly Sighting[]; events: readonly SceneEvent[] } {
  const pieces = sightings.filter(({ object }) => text(at(object, 'metadata', 'name')) === UNNAMED);
  const found = new Map(
    pieces.flatMap(({ item }) => {
      const pod = podBeside(sightings, item);
      return pod === undefined ? [] : [[item, pod] as const];
    }),
  );
  if (found.size === 0) return { sightings, events };
  return {
    sightings: sightings.map((sighting) => {
      const pod = found.get(sighting.item);
      if (pod === undefined || !pieces.includes(sighting)) return sighting;
      const { kind, ...metadata } = pod;
      return {
        ...sighting,
        object: { ...sighting.object, metadata: { ...asObject(sighting.object.metadata), ...metadata } },
      };
    }),
    events: events.map((event) => {
      const pod = event.object?.name === UNNAMED ? found.get(event.item) : undefined;
      return pod === undefined ? event : { ...event, object: pod };
    }),
  };
}
