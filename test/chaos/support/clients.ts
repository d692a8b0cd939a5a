import { setTimeout as sleep } from 'node:timers/promises';

/** What clients met on their way. */
export interface Met {
  /** Requests answered with 200 or 202. */
  accepted: number;
  /** Of these, answered as known already. */
  replayed: number;
  /** Requests that had to be sent again: connections lost, 5xx, 429. */
  retried: number;
}

/**
 * Sends a batch as a good client does: again with the same key after a lost connection, a 5xx or a 429, until it is accepted.
 * Throws on any other answer.
 */
export async function send(api: string, board: string, key: string, body: string, met: Met): Promise<void> {
  for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
    const answer = await post(`${api}/v1/boards/${board}/events`, key, body);
    if (answer !== undefined && answer.status < 300) {
      met.accepted += 1;
      if (answer.replayed) met.replayed += 1;
      return;
    }
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      throw new Error(`${board} ${key}: ${answer.status} ${answer.text}`);
    }
    met.retried += 1;
    await sleep(pause * (0.5 + Math.random()));
  }
}

/** One attempt; undefined when there was no answer. */
async function post(url: string, key: string, body: string) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      signal: AbortSignal.timeout(20_000),
    });
    const replayed = response.headers.get('idempotency-replayed') === 'true';
    return { status: response.status, replayed, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** Runs `work` for each item, so many at once. */
export async function inTurns<T>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const turn = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
