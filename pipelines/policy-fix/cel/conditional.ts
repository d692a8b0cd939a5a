import { type Meaning, valueNow } from './meaning.ts';
import type { Node } from './parse.ts';
import { type Condition, resolve } from './resolve.ts';

/** `has(x) ? x : 0`: a constant that stands for an empty place is its default. */
export function withDefault(chosen: Meaning, other: () => Meaning): Meaning {
  if (chosen.kind !== 'value' || chosen.seen || chosen.by || typeof chosen.value === 'object') return chosen;
  const place = other();
  return place.kind === 'place' && valueNow(place) === undefined ? { ...place, fallback: chosen.value } : chosen;
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
