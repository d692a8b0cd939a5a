import type { Cause } from './schema.ts';

/** `mount-failed (multi-attach)`: the kind of a cause, with its aspect where one is known. */
export function kindText({ kind, aspect }: Pick<Cause, 'kind' | 'aspect'>): string {
  return aspect === undefined ? kind : `${kind} (${aspect})`;
}
