import { OpslineError } from '../errors.ts';
import type { Boards } from './boards.ts';

/** Stands for the boards where there is no Redis; whatever is asked of it is refused with `redis-unavailable`. */
export function noBoards(where: string): Boards {
  const refuse = async (): Promise<never> => {
    throw new OpslineError('redis-unavailable', `There are no boards in ${where}: they live in Redis.`);
  };
  return new Proxy({} as Boards, { get: () => refuse });
}
