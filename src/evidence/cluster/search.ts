import { at, type Json, text } from '../../json.ts';
import { isReady } from '../placement.ts';
import { namespacesOf } from './applications.ts';
import { readCustom } from './custom.ts';
import type { Discovered } from './discovery.ts';
import { prune } from './prune.ts';
import type { Reader } from './reader.ts';
import { APPLICATIONS, NAMESPACED, type Resource } from './resources.ts';
import { customIsWell, isWell } from './unwell.ts';

/** Objects of a kind that are looked at in the whole cluster. */
const MAX_OBJECTS = 5000;
const MAX_EVENTS = 1000;
/** Namespaces that are read; a person reads no more answers at a time. */
const MAX_NAMESPACES = 3;
/** A warning this long ago (ms) tells of what is over. */
const RECENT_MS = 15 * 60_000;
const MAX_SEEN = 100;

const WEIGHT: Readonly<Record<string, number>> = {
  Pod: 2,
  Deployment: 3,
  StatefulSet: 3,
  DaemonSet: 3,
  Job: 2,
  Rollout: 3,
  Application: 3,
  PersistentVolumeClaim: 1,
  // Somewhere in most clusters stands a Service that nobody misses.
  EndpointSlice: 0.5,
};

/** Looks for trouble in the whole cluster: pods, workloads and Applications that are not well, and recent warnings. */
export async function whereUnwell(
  reader: Reader,
  apis: Promise<Discovered[] | undefined>,
): Promise<{ namespaces: string[]; seen: Json[] }> {
  const scores = new Map<string, { score: number; unwell: number }>();
  const seen: Json[] = [];
  const count = (namespace: string | undefined, score: number, unwell: number): void => {
    if (namespace === undefined) return;
    const before = scores.get(namespace) ?? { score: 0, unwell: 0 };
    scores.set(namespace, { score: before.score + score, unwell: before.unwell + unwell });
  };
  const look = (resource: Resource, fields?: string) =>
    reader.list(resource, {
      max: MAX_OBJECTS,
      ...(resource === APPLICATIONS ? { page: 50 } : {}),
      ...(fields === undefined ? {} : { fields }),
      keep: (item) => {
        const well = isWell(item);
        if (well && seen.length < MAX_SEEN) seen.push(prune(item));
        if (well) return undefined;
        const where = resource === APPLICATIONS ? namespacesOf([item])[0] : text(at(item, 'metadata', 'namespace'));
        // What restarted and works again is no trouble by itself.
        if (isReady(item)) count(where, 0.1, 0);
        else count(where, WEIGHT[resource.kind] ?? 1, 1);
        return undefined;
      },
    });
  const kinds = NAMESPACED.filter(({ kind }) => kind !== 'Pod' && WEIGHT[kind] !== undefined);
  const [pods, events] = ['Pod', 'Event'].map((kind) => NAMESPACED.find((one) => one.kind === kind)) as [
    Resource,
    Resource,
  ];
  await Promise.all([
    ...kinds.map((resource) => look(resource)),
    look(APPLICATIONS),
    look(pods, 'status.phase!=Succeeded'),
    reader.list(events, {
      max: MAX_EVENTS,
      fields: 'type=Warning',
      keep: (item) => {
        const { lastTimestamp, involvedObject } = prune(item) as { lastTimestamp?: string; involvedObject?: Json };
        const recent = Date.now() - Date.parse(lastTimestamp ?? '') < RECENT_MS;
        if (recent) count(text(involvedObject?.namespace) || undefined, 0.1, 0);
        return undefined;
      },
    }),
  ]);
  // Of custom resources there may be many kinds: they are asked when nothing else explains why somebody asks.
  if (![...scores.values()].some(({ unwell }) => unwell > 0))
    for (const item of await readCustom(reader, undefined, (await apis) ?? []))
      if (!customIsWell(item)) count(text(at(item, 'metadata', 'namespace')), 1, 1);
  const ranked = [...scores].sort(([, a], [, b]) => b.score - a.score).map(([namespace]) => namespace);
  const left = ranked.slice(MAX_NAMESPACES).filter((namespace) => (scores.get(namespace)?.unwell ?? 0) > 0);
  if (left.length > 0) {
    const named = left.slice(0, 10).map((namespace) => `${namespace} (${scores.get(namespace)?.unwell})`);
    const more = left.length > 10 ? ` and ${left.length - 10} more` : '';
    reader.note(`something is unwell in other namespaces, too: ${named.join(', ')}${more}; name one with -n`);
  }
  return { namespaces: ranked.slice(0, MAX_NAMESPACES), seen };
}
