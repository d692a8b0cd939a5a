import { addressesOf } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { execOf } from '../../../../src/evidence/command.ts';
import { exec } from '../../../../src/evidence/commands/kubectl.ts';
import { WORKLOADS } from '../../../../src/evidence/kinds.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { podOf } from './log-errors.ts';

/** Redis counts a little more than its keys: so near its limit (a share of it) it refuses writes time and again. */
const FULL = 0.98;

/** A member of Redis' INFO, such as `maxmemory:104857600`. */
function member(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(\\S+)\\s*$`, 'm').exec(text)?.[1];
}

/** Whether a client uses a store, as its environment says; where that names no address, one of its namespace does. */
export function suffersFrom(view: View, client: ObjectRef, store: ObjectRef): boolean {
  const own = addressesOf(view.scene).filter(({ workload }) => sameObject(workload, client));
  if (own.length === 0) return client.namespace === store.namespace;
  return own.some(({ host }) => host.split('.')[0] === store.name);
}

/** Images of servers that answer as Redis does. */
const SERVER = /(?:^|\/)(?:redis|valkey|keydb|dragonfly)(?:-stack-server|-server)?(?=[:@]|$)/;

/** The only workload that runs such a store in the namespaces of clients that were refused; undefined where there is none, or several. */
function onlyStore(view: View, refused: readonly Draft[]): ObjectRef | undefined {
  const spaces = new Set(refused.map(({ object }) => object.namespace));
  const [one, ...others] = view.scene.objects.filter(
    ({ ref, object }) =>
      WORKLOADS.includes(ref.kind) &&
      spaces.has(ref.namespace) &&
      objects(at(object, 'spec', 'template', 'spec', 'containers')).some(({ image }) => SERVER.test(text(image) ?? '')),
  );
  return others.length === 0 ? one?.ref : undefined;
}

/** The pod, or another object of a workload, that a client was pointed at by its name: `redis-cli -h cache-0.cache`. */
function askedByHost(view: View, command: string): ObjectRef | undefined {
  const host = /^(?:redis|valkey|keydb)-cli\s(?:.*\s)?-h[ =]?([a-z0-9][\w-]*)/.exec(command)?.[1];
  if (host === undefined) return undefined;
  const pod = view.pods.find(({ ref }) => ref.name === host);
  if (pod !== undefined) return pod.ref;
  return view.pods.map(({ ref }) => workloadOf(view.scene, ref)).find(({ name }) => name === host);
}

/**
 * Stores that say of themselves (`redis-cli info memory`) that they hold as much as they may and evict nothing, or only keys that expire.
 * `refused` are the findings of clients whose writes were refused: without any, only one that is past its limit counts.
 */
export function fullStores(view: View, refused: readonly Draft[]): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    const client = execOf(item.command ?? '')?.target ?? askedByHost(view, item.command ?? '');
    const used = Number(member(item.text, 'used_memory'));
    const most = Number(member(item.text, 'maxmemory'));
    const policy = member(item.text, 'maxmemory_policy') ?? '';
    if (!(most > 0) || !/^(?:noeviction|volatile-\w+)$/.test(policy)) return [];
    const pod = client === undefined ? undefined : (podOf(view, client)?.ref ?? client);
    const answer = { kind: 'Output', name: item.source.name };
    const store = pod === undefined ? (onlyStore(view, refused) ?? answer) : workloadOf(view.scene, pod);
    // Asked through a tool it does not say which store it is: any client that is refused may be its.
    const own = refused.filter(({ object }) => pod === undefined || suffersFrom(view, object, store));
    if (own.length === 0 ? used < most || policy !== 'noeviction' : used < FULL * most) return [];
    const lines = item.text.split('\n');
    const size = member(item.text, 'maxmemory_human') ?? `${most} bytes`;
    const evicts = policy === 'noeviction' ? 'evicts nothing' : 'evicts only keys that expire';
    return [
      {
        object: store,
        summary: `${store.kind === 'Output' ? 'The store' : named(store)} is full: it uses ${member(item.text, 'used_memory_human') ?? `${used} bytes`} of the ${size} that it may (maxmemory) and ${evicts} (${policy}), so it refuses writes`,
        confidence: 0.95,
        severity: 'degraded',
        citations: [
          citeLines(
            item,
            lines.findIndex((line) => line.startsWith('used_memory:')),
          ),
          citeLines(
            item,
            lines.findIndex((line) => line.startsWith('maxmemory:')),
          ),
          ...own.slice(0, 2).flatMap(({ citations }) => citations[0]),
        ],
        involves: [
          ...(pod === undefined ? [] : [pod]),
          ...own.flatMap(({ object, involves = [] }) => [object, ...involves]),
        ],
        remedies: [
          look('See what fills it', pod?.kind !== 'Pod' ? undefined : exec(pod, undefined, ['redis-cli', '--bigkeys'])),
          change('Free keys, set an eviction policy, or raise maxmemory', 'medium'),
        ],
      },
    ];
  });
}
