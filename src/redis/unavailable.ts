import { OpslineError } from '../errors.ts';

/** Replies that mean "not now": Redis is there but cannot serve the command yet. */
const NOT_NOW = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|BUSY|NOREPLICAS)\b/;

/**
 * An error of a Redis command as the registry knows it: a lost connection is `redis-unavailable`. An error that Redis
 * itself answered with stays what it is: it is a fault of ours.
 */
export function redisError(error: unknown): unknown {
  if (error instanceof OpslineError || !(error instanceof Error)) return error;
  if (error.name === 'ReplyError' && !NOT_NOW.test(error.message)) return error;
  return new OpslineError('redis-unavailable', `Redis cannot be reached: ${error.message}`, { cause: error });
}

/** Awaits Redis and throws what {@link redisError} says. */
export async function reaching<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw redisError(error);
  }
}
