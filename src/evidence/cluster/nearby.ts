import { at, type Json, text } from '../../json.ts';
import { nearest } from '../../nearest.ts';
import { NAMES_ONLY } from './namespace.ts';
import type { Reader } from './reader.ts';
import type { Resource } from './resources.ts';
import type { Aim } from './target.ts';

const MAX_NAMES = 2000;

/** Notes what in the cluster is called nearly as the target, which nothing is called. Only names are asked for. */
export async function noteNearby(reader: Reader, aim: Aim, kinds: readonly Resource[]): Promise<void> {
  const lists = await Promise.all(
    kinds.map((resource) => reader.list(resource, { accept: NAMES_ONLY, max: MAX_NAMES, keep: named })),
  );
  const found = lists.flatMap((one) => [...(one?.items ?? [])]);
  const names = nearest(aim.name, new Set(found.map((item) => text(at(item, 'metadata', 'name')) ?? '')));
  const near = names.flatMap((name) => {
    const item = found.find((one) => at(one, 'metadata', 'name') === name);
    return item === undefined ? [] : [`${text(item.kind)} ${text(at(item, 'metadata', 'namespace'))}/${name}`];
  });
  if (near.length > 0) reader.note(`nothing in the cluster is called ${aim.name}; near it: ${near.join(', ')}`);
}

function named({ kind, metadata }: Json): Json {
  return { kind, metadata: { name: at(metadata, 'name'), namespace: at(metadata, 'namespace') } };
}
