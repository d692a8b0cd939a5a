import { afterAll, expect } from 'vitest';
import { type Boards, createBoards } from '../../src/leaderboard/boards.ts';
import { startIngestWorker } from '../../src/leaderboard/ingest.ts';
import { testRedis } from './redis.ts';

export interface TestBoards {
  readonly where: { readonly url: string; readonly prefix: string };
  readonly boards: Boards;
  /** Sends events and waits until they are applied. */
  ingest(board: string, events: readonly object[]): Promise<void>;
}

/** Boards on the test Redis with a worker that applies what they accept, until the tests of the file have ended. */
export async function testBoards(): Promise<TestBoards> {
  const where = testRedis();
  const boards = await createBoards(where);
  const worker = await startIngestWorker(where);
  afterAll(async () => {
    await worker.close();
    await boards.close();
  });
  return {
    where,
    boards,
    async ingest(board, events) {
      const batch = await boards.waitForBatch(await boards.ingest(board, events), 10_000);
      expect(batch.applied).toBe(batch.parts);
    },
  };
}
