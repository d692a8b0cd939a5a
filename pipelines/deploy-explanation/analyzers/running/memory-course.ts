import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import { number } from '../../../../src/json.ts';

export const MEMORY_ASPECTS = {
  'limit-too-small':
    'the container is killed soon after its start, each time: what it needs to come up is more than its limit',
  leak: 'the container runs for a long time before it is killed, again and again: its memory grows (a leak, a cache without bound, or load)',
} as const;
export type MemoryAspect = keyof typeof MEMORY_ASPECTS;

/** Who is killed within this time (seconds) did not get through its start. */
const START = 180;
/** What fills up over this time (seconds) grows slowly. */
const LONG = 3600;

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/**
 * How the memory of a killed container went, as far as its times tell: how long it ran before it was killed, or else how many
 * restarts there are in the pod's age. Undefined where that says neither.
 */
export function memoryCourse(
  pod: PodView,
  container: ContainerView | undefined,
): { aspect: MemoryAspect; why: string } | undefined {
  const ended = [container?.terminated, container?.last].find((one) => one?.reason === 'OOMKilled');
  const restarts = container?.restarts ?? 0;
  const ran = ended?.ranFor;
  if (ran !== undefined && ran < START)
    return {
      aspect: 'limit-too-small',
      why: `it ran only ${duration(ran)} before it was killed, so the limit is too small for its start rather than memory leaking`,
    };
  if (ran !== undefined && ran >= LONG)
    return {
      aspect: 'leak',
      why: `it ran ${duration(ran)} before it was killed, so its memory grew slowly: a leak, a cache without bound, or load`,
    };
  const age = number(pod.source.object.age);
  if (ran !== undefined || age === undefined || restarts < 3) return undefined;
  // CrashLoopBackOff waits up to five minutes between starts.
  if (age / restarts < 360 && !pod.ready)
    return {
      aspect: 'limit-too-small',
      why: `${restarts} restarts in ${duration(age)}: it is killed soon after each start, so the limit is too small rather than memory leaking`,
    };
  if (age / restarts >= LONG)
    return {
      aspect: 'leak',
      why: `${restarts} restarts in ${duration(age)}: its memory fills slowly each time (a leak, a cache without bound, or load)`,
    };
  return undefined;
}
