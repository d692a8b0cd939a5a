import type { Json } from '../../../src/manifest/json.ts';
import { type Meaning, valueNow } from './meaning.ts';
import type { Node } from './parse.ts';
import { type Condition, resolve } from './resolve.ts';

/** A constant, `{}` and `[]` among them; undefined for what stands in the object, and for what holds something. */
function constantOf(chosen: Meaning): Json | undefined {
  if (chosen.kind === 'list') return chosen.items.length === 0 ? [] : undefined;
  if (chosen.kind !== 'value' || chosen.seen || chosen.by || chosen.value === null) return undefined;
  return typeof chosen.value === 'object' && Object.keys(chosen.value).length > 0 ? undefined : chosen.value;
}

/** `has(x) ? x : 0`: a constant that stands for an empty place is its default. */
export function withDefault(chosen: Meaning, other: () => Meaning): Meaning {
  const fallback = constantOf(chosen);
  if (fallback === undefined) return chosen;
  const place = other();
  return place.kind === 'place' && valueNow(place) === undefined ? { ...place, fallback } : chosen;
}

const isEmpty = ({ op, args }: Node): boolean => op === 'list' && args.length === 0;

/** `has(x) ? [x] : []`: a list whose items are in it as long as a condition holds, or does not. Undefined for what is none. */
export function listIf({ node, scope }: Condition): Meaning | undefined {
  if (node.op !== '?:') return undefined;
  const [condition, yes, no] = node.args;
  const otherwise = isEmpty(yes);
  const full = otherwise ? no : yes;
  if (full.op !== 'list' || isEmpty(full) || !(otherwise || isEmpty(no))) return undefined;
  const kept = otherwise ? ({ ...node, op: '!_', args: condition } as Node) : condition;
  const items = full.args.map((inner) => resolve({ node: inner, scope }));
  return { kind: 'filtered', items, keep: () => ({ node: kept, scope }) };
}
