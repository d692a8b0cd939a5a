import type { Json } from '../../../src/manifest/json.ts';
import { SMALLER } from '../fixers/resources.ts';

/** The whole number of a unit next to a bound, on the side that it leaves open: of `<4Gi` 3Gi. */
export function beside(bound: Json, by: number): string | undefined {
  const [, digits, unit] = /^(\d+)([a-zA-Z]*)$/.exec(String(bound)) ?? [];
  const next = Number(digits) + by;
  return digits === undefined || next < 1 ? undefined : `${next}${unit}`;
}

/** The amount next to a bound in the next smaller unit, on the side that it leaves open: of `<4Gi` 4095Mi. */
export function nextTo(bound: Json, by: number): string | undefined {
  const [, digits, unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(String(bound)) ?? [];
  // A plain number of this size counts bytes, of which there are no parts.
  const [name, size] = (Number(digits) < 1000 || unit !== '' ? SMALLER[unit] : undefined) ?? [unit, 1];
  const next = Number(digits) * size + by;
  return digits === undefined || next < 1 ? undefined : `${next}${name}`;
}
