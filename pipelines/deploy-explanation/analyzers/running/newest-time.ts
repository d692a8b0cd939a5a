import { happenings, millisOf } from '../../moments.ts';
import type { View } from '../../view.ts';

const NEWEST = new WeakMap<View, number>();

/** The newest time that the evidence holds, in milliseconds since 1970. */
export function newestTime(view: View): number {
  const known = NEWEST.get(view);
  if (known !== undefined) return known;
  const told = happenings(view).map((one) => one.at ?? 0);
  const logged = view.scene.logs.map(
    ({ lines }) => millisOf(lines.findLast(({ time }) => time !== undefined)?.time) ?? 0,
  );
  const newest = [...told, ...logged].reduce((latest, one) => Math.max(latest, one), 0);
  NEWEST.set(view, newest);
  return newest;
}
