import type { Json } from '../../src/manifest/json.ts';

/** The ends of what a pattern of Kyverno's takes, with who says so: of `<=720h`, of `60-86400`. */
export function edgesOf(pattern: string): { value: Json; source: string }[] {
  const asIs = (text: string): Json => (/^\d+$/.test(text) ? Number(text) : text);
  const [, low, high] = /^(\d+(?:\.\d+)?[a-zA-Z]*)-(\d+(?:\.\d+)?[a-zA-Z]*)$/.exec(pattern) ?? [];
  const [, operator, bound] = /^([<>]=)\s*(\d+(?:\.\d+)?[a-zA-Z]*)$/.exec(pattern) ?? [];
  const least = operator === '>=' ? bound : low;
  const most = operator === '<=' ? bound : high;
  return [
    ...(least === undefined ? [] : [{ value: asIs(least), source: 'the least that the policy accepts' }]),
    ...(most === undefined ? [] : [{ value: asIs(most), source: 'the most that the policy accepts' }]),
  ];
}
