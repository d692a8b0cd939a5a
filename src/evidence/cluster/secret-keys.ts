import { at, type Json, text } from '../../json.ts';
import type { NamespaceReading } from './namespace.ts';
import { prune } from './prune.ts';
import type { Reader } from './reader.ts';
import { SECRETS } from './resources.ts';

const MAX_SECRETS = 5;
/** The kubelet's words for a key that a Secret lacks. */
const NO_KEY = /couldn't find key \S+ in Secret (?:[\w.-]+\/)?([\w.-]+)/;

/**
 * The names of the keys of Secrets of which the kubelet says that one is missing: what it is called instead. No other Secret is read;
 * the values of these few are dropped before anything else sees them.
 */
export async function missingKeys(reader: Reader, spaces: readonly NamespaceReading[]): Promise<Json[]> {
  const wanted = new Map<string, { namespace: string; name: string }>();
  for (const { namespace, events, objects } of spaces) {
    const words = [...events.map((event) => text(event.message) ?? ''), JSON.stringify(objects.filter(isPod))];
    for (const said of words)
      for (const match of said.matchAll(new RegExp(NO_KEY, 'g'))) {
        const name = match[1] ?? '';
        wanted.set(`${namespace}/${name}`, { namespace, name });
      }
  }
  const read = await Promise.all(
    [...wanted.values()].slice(0, MAX_SECRETS).map(async ({ namespace, name }) => {
      const secret = await reader.object(SECRETS, name, namespace);
      return secret ? prune({ ...secret, kind: SECRETS.kind }) : undefined;
    }),
  );
  return read.filter((secret) => secret !== undefined);
}

function isPod(item: Json): boolean {
  return item.kind === 'Pod' && at(item, 'status', 'phase') === 'Pending';
}
