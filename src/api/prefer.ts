import { OpslineError } from '../errors.ts';

/** The longest a request may wait for a run, seconds. Proxies between cut idle requests at about a minute. */
export const MAX_WAIT_SECONDS = 60;

/**
 * The `wait` preference of a Prefer header (RFC 7240 §4.3) in whole seconds, bounded; undefined when there is none that can
 * be understood, since a server ignores preferences it cannot honour.
 */
export function waitOf(prefer: string | undefined): number | undefined {
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_SECONDS);
}

/**
 * What came of waiting, or what was accepted when Redis went away meanwhile: an error would make the client send again what
 * was taken.
 */
export async function orAccepted<T>(waiting: Promise<T>, accepted: T): Promise<T> {
  try {
    return await waiting;
  } catch (error) {
    if (error instanceof OpslineError && error.code === 'redis-unavailable') return accepted;
    throw error;
  }
}
