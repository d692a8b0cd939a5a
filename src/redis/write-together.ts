import type { Redis } from 'ioredis';

/**
 * Makes a connection write what is asked of it in one turn of the event loop at once, at the end of the turn: a write of its own for
 * each command is what many small commands cost most, on both sides. Nothing waits for longer than the turn.
 */
export function writeTogether(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    let corked = false;
    const uncork = (): void => {
      corked = false;
      stream.uncork();
    };
    stream.write = (...args: unknown[]) => {
      if (!corked) {
        corked = true;
        stream.cork();
        setImmediate(uncork);
      }
      return write(...args);
    };
  });
}
