/**
 * One double orders an entry in a sorted set: its score, and behind it the time that breaks ties.
 *
 *     key = ±score × 2^bits + steps        steps = ⌊(time − window start) / resolution⌋ < 2^bits
 *
 * The sign is minus where higher is better, so that every board sorts ascending, improves with `ZADD LT`, and puts the
 * earlier of two equal scores first; keys that are still equal are ordered by the bytes of the player id. All of it is
 * exact while |score| < 2^(53 − bits), which {@link maxScoreFor} says and a board's definition is held to.
 */
export interface KeyPlan {
  /** -1 where higher is better, else 1. */
  readonly sign: 1 | -1;
  /** 2^bits; 1 when ties are not broken by time. */
  readonly unit: number;
  /** Length of a step, milliseconds; absent when ties are not broken by time. */
  readonly resolutionMs?: number;
}

/** Finest first. */
export const RESOLUTIONS = ['ms', 's', 'min'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

const MILLISECONDS: Record<Resolution, number> = { ms: 1, s: 1000, min: 60_000 };

/** 2^bits for the times of a window that lasts `span` milliseconds, at a resolution. */
export function unitFor(span: number, resolution: Resolution): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, span / MILLISECONDS[resolution])));
}

/** The largest magnitude of a (scaled) score beside times of a window that lasts `span` milliseconds, at a resolution. */
export function maxScoreFor(span: number, resolution: Resolution): number {
  return 2 ** 53 / unitFor(span, resolution) - 1;
}

/** The finest resolution that leaves room for scores up to a magnitude, if one does. */
export function finestFor(span: number, reach: number): Resolution | undefined {
  return RESOLUTIONS.find((resolution) => reach <= maxScoreFor(span, resolution));
}

/** How entries of a window are ordered: by score alone without a resolution, else with times breaking ties. */
export function planFor(direction: 'higher' | 'lower', span: number, resolution?: Resolution): KeyPlan {
  const sign = direction === 'higher' ? -1 : 1;
  if (resolution === undefined) return { sign, unit: 1 };
  return { sign, unit: unitFor(span, resolution), resolutionMs: MILLISECONDS[resolution] };
}

/** Steps of the tie-break from the start of the window to a time in it; 0 when ties are not broken by time. */
export function stepsOf(plan: KeyPlan, windowStart: number, time: number): number {
  return plan.resolutionMs === undefined ? 0 : Math.floor((time - windowStart) / plan.resolutionMs);
}

export function encodeKey(plan: KeyPlan, score: number, steps: number): number {
  return plan.sign * score * plan.unit + steps;
}

/** Dividing by a power of two is exact, so both parts come back as they went in. */
export function decodeKey(plan: KeyPlan, key: number): { score: number; steps: number } {
  const signed = Math.floor(key / plan.unit);
  // `+ 0` turns -0, which is what a sign makes of a zero, into 0.
  return { score: plan.sign * signed + 0, steps: key - signed * plan.unit };
}
