import { asObject, at, type Json, number, objects, text } from '../../json.ts';
import type { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure } from '../../kubernetes/failure.ts';
import { pathOf, type Resource } from './resources.ts';

const PAGE = 500;
/** As often is a list begun anew whose place has expired. */
const RESTARTS = 1;

export interface ListOptions {
  readonly namespace?: string;
  /** A field selector, such as `metadata.name=web`. */
  readonly fields?: string;
  readonly accept?: string;
  readonly page?: number;
  /** Most objects that are read. */
  readonly max: number;
  /** Makes of each object what is kept of it, as it is read; undefined drops it. */
  readonly keep: (item: Json) => Json | undefined;
}

export interface Listed {
  readonly items: readonly Json[];
  /** Objects that were not read, as far as the server says. */
  readonly left: number;
  /** Whether all there are were read. */
  readonly complete: boolean;
  /** What ended the list before its end; what was read until then is here. */
  readonly failure?: ReadFailure;
}

/**
 * A list, page by page (`limit` and `continue`). A place that has expired meanwhile (410) is taken up where the server offers that,
 * else the list begins anew, once; objects that come twice count once. Throws a `ReadFailure` when not even the first page came.
 */
export async function list(client: ClusterClient, resource: Resource, options: ListOptions): Promise<Listed> {
  const { namespace, fields, accept, page = PAGE, max, keep } = options;
  const items = new Map<string, Json>();
  const partly = (left: number, failure?: ReadFailure): Listed => ({
    items: [...items.values()],
    left,
    complete: false,
    ...(failure === undefined ? {} : { failure }),
  });
  let token: string | undefined;
  let restarts = 0;
  for (let read = 0; ; ) {
    const query = new URLSearchParams({ limit: String(Math.min(page, max - read)) });
    if (fields !== undefined) query.set('fieldSelector', fields);
    if (token !== undefined) query.set('continue', token);
    let answer: Json;
    try {
      answer = await client.json(`${pathOf(resource, namespace)}?${query}`, accept === undefined ? {} : { accept });
    } catch (error) {
      if (!(error instanceof ReadFailure) || token === undefined) throw error;
      if (error.why !== 'expired') return partly(0, error);
      if (error.resume === undefined && restarts++ >= RESTARTS) return partly(0, error);
      token = error.resume;
      if (token === undefined) read = 0;
      continue;
    }
    const found = objects(answer.items);
    for (const item of found) {
      const kept = keep(typed(item, resource));
      const key = `${text(at(item, 'metadata', 'namespace')) ?? ''}/${text(at(item, 'metadata', 'name')) ?? ''}`;
      if (kept !== undefined) items.set(key, kept);
    }
    read += found.length;
    token = text(at(answer, 'metadata', 'continue')) || undefined;
    if (token === undefined) return { items: [...items.values()], left: 0, complete: true };
    if (read >= max) return partly(Math.max(1, number(at(answer, 'metadata', 'remainingItemCount')) ?? 0));
  }
}

/** Members of a list do not say what they are. */
function typed(item: Json, { group, version, kind }: Resource): Json {
  return {
    ...item,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: asObject(item.metadata),
  };
}
