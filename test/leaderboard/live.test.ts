import { request } from 'node:http';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { OpslineError } from '../../src/errors.ts';
import type { Boards } from '../../src/leaderboard/boards.ts';
import { boardKeys } from '../../src/leaderboard/keys.ts';
import { type LiveOptions, type LivePage, LiveTops } from '../../src/leaderboard/live.ts';
import { connect, waitForever } from '../../src/redis/connect.ts';
import { serve } from '../api/serve.ts';
import { testBoards } from '../helpers/boards.ts';

const { where, boards, ingest } = await testBoards();
const time = new Date(Date.now() - 60_000).toISOString();
let made = 0;
let board: string;

beforeEach(async () => {
  board = `b${++made}`;
  await boards.define(board, { operator: 'best', windows: ['all', 'day'] });
  await score('ada', 5);
  await score('bob', 4);
  await score('cleo', 3);
});

async function score(player: string, points: number): Promise<void> {
  await ingest(board, [{ player, score: points, time }]);
}

function watcher(options: LiveOptions = {}, from: Pick<Boards, 'view' | 'read'> = boards) {
  const tops = new LiveTops(from, { intervalMs: 5, ...options });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const watch = (limit: number, after?: string, signal = stop.signal): AsyncGenerator<LivePage> =>
    tops.watch(board, 'all', { limit, after, signal });
  return { tops, watch };
}

async function next(pages: AsyncGenerator<LivePage>): Promise<{ id: string; players: string[] }> {
  const { value } = await pages.next();
  return { id: value.id, players: value.page.entries.map(({ player }: { player: string }) => player) };
}

describe('the live top', () => {
  test('is the page now, and again whenever it changed', async () => {
    const { watch } = watcher();
    const pages = watch(2);
    const id = expect.stringMatching(/@all$/);
    expect(await next(pages)).toEqual({ id, players: ['ada', 'bob'] });
    await score('dan', 9);
    expect(await next(pages)).toEqual({ id, players: ['dan', 'ada'] });
  });

  test('is not sent again when the revision moves and nothing of the page does', async () => {
    const { watch } = watcher();
    const [pages, longer] = [watch(1), watch(3)];
    const { id } = await next(pages);
    await next(longer);
    // Counts, and is no better; then one that only a longer page shows.
    await score('ada', 1);
    await score('bob', 4.5 - 0.5);
    await score('cleo', 4);
    expect((await next(longer)).players).toEqual(['ada', 'bob', 'cleo']);
    // Whoever comes now gets the revision of now, under the id of what it says.
    const fresh = (await watch(1).next()).value as LivePage;
    expect(fresh).toMatchObject({ id, page: { revision: 6 } });
    await score('dan', 9);
    expect((await next(pages)).players).toEqual(['dan']);
  });

  test('gives each listener as many entries as it asked for, also who comes later and asks for more', async () => {
    const { watch } = watcher();
    const [one, two, three] = [watch(1), watch(2), watch(3)];
    expect((await next(two)).players).toEqual(['ada', 'bob']);
    expect((await next(one)).players).toEqual(['ada']);
    expect((await next(three)).players).toEqual(['ada', 'bob', 'cleo']);
  });

  test('is not sent again to who has seen it', async () => {
    const { watch } = watcher();
    const { id } = await next(watch(2));
    const later = next(watch(2, id));
    expect((await next(watch(2))).id).toBe(id);
    await score('dan', 9);
    expect(await later).toMatchObject({ players: ['dan', 'ada'] });
  });

  test('is looked at by one read at a time, however many listen', async () => {
    let reads = 0;
    let atOnce = 0;
    const { watch } = watcher(
      {},
      {
        view: (id, window) => boards.view(id, window),
        read: async (view, read, known) => {
          atOnce = Math.max(atOnce, ++reads);
          try {
            return await boards.read(view, read, known);
          } finally {
            reads -= 1;
          }
        },
      },
    );
    const listeners = Array.from({ length: 50 }, () => watch(3));
    await Promise.all(listeners.map(next));
    await score('dan', 9);
    for (const { players } of await Promise.all(listeners.map(next))) expect(players[0]).toBe('dan');
    expect(atOnce).toBe(1);
  });

  test('leaves out what a slow listener has missed', async () => {
    const { watch } = watcher();
    const slow = watch(1);
    const quick = watch(1);
    await next(slow);
    await next(quick);
    for (const points of [10, 11, 12]) {
      await score('dan', points);
      await next(quick);
    }
    expect(((await slow.next()).value as LivePage).page.revision).toBe(6);
  });

  test('takes so many listeners and no more', async () => {
    const { tops, watch } = watcher({ maxListeners: 2 });
    const leaving = new AbortController();
    const first = watch(1, undefined, leaving.signal);
    watch(1);
    expect(() => watch(1)).toThrow(expect.objectContaining({ code: 'rate-limited' }));
    leaving.abort();
    expect(await first.next()).toEqual({ done: true, value: undefined });
    expect(tops.listeners).toBe(1);
    expect((await next(watch(1))).players).toEqual(['ada']);
  });

  test('ends for all when the board is gone, and can be asked for anew', async () => {
    const { watch } = watcher();
    const pages = [watch(1), watch(2)];
    await Promise.all(pages.map(next));
    const redis = connect(waitForever(where.url));
    onTestFinished(() => redis.disconnect());
    const { definition } = boardKeys(where.prefix, board);
    const text = String(await redis.get(definition));
    await redis.del(definition);
    for (const each of pages) await expect(each.next()).rejects.toMatchObject({ code: 'board-not-found' });
    await redis.set(definition, text);
    expect((await next(watch(1))).players).toEqual(['ada']);
  });

  test('goes on when Redis was away for a while', async () => {
    let refusals = 0;
    const { watch } = watcher(
      {},
      {
        view: (id, window) => boards.view(id, window),
        read: async (view, read, known) => {
          if (known === undefined || refusals === 3) return boards.read(view, read, known);
          refusals += 1;
          throw new OpslineError('redis-unavailable', 'Redis is away.');
        },
      },
    );
    const pages = watch(1);
    await next(pages);
    await score('dan', 9);
    expect((await next(pages)).players).toEqual(['dan']);
    expect(refusals).toBe(3);
  });
});

/** Reads a stream until `until` says so; the text so far. */
async function stream(
  port: number,
  path: string,
  headers: Record<string, string>,
  until: (text: string) => boolean | Promise<boolean>,
): Promise<{ status: number; type: string | undefined; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    type: string | undefined;
    text: string;
  }>();
  const asked = request({ port, path: `/v1/boards/${board}/windows/${path}`, headers }, async (response) => {
    let text = '';
    try {
      for await (const chunk of response) {
        text += chunk;
        if (await until(text)) break;
      }
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], text });
    } catch (error) {
      reject(error);
    } finally {
      asked.destroy();
    }
  });
  asked.on('error', reject);
  asked.end();
  return promise;
}

async function listening(heartbeatMs = 60_000) {
  const { app } = await serve({ boards, heartbeatMs });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, port: (app.server.address() as { port: number }).port };
}

describe('GET …/top/stream', () => {
  test('sends the page, each change, and comments in between', async () => {
    const { port } = await listening(20);
    let sent = false;
    const { text, type } = await stream(port, 'all/top/stream?limit=1', {}, async (so) => {
      if (!sent && so.includes(': still here')) {
        sent = true;
        await score('dan', 9);
      }
      return so.includes('"revision":4');
    });
    expect(type).toBe('text/event-stream; charset=utf-8');
    const frames = [...text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)$/gm)].map(([, id, event, data = '']) => ({
      id,
      event,
      page: JSON.parse(data),
    }));
    expect(frames).toMatchObject([
      {
        id: expect.stringMatching(/@all$/),
        event: 'top',
        page: { window: 'all', revision: 3, count: 3, entries: [{ player: 'ada' }] },
      },
      { event: 'top', page: { revision: 4, count: 4, entries: [{ player: 'dan', rank: 1 }] } },
    ]);
  });

  test('goes on behind Last-Event-ID', async () => {
    const { port } = await listening(20);
    const { watch } = watcher();
    const { id } = await next(watch(10));
    const { text } = await stream(
      port,
      'all/top/stream',
      { 'last-event-id': id },
      (so) => so.split(': still').length > 3,
    );
    expect(text).not.toContain('data:');
  });

  test('ends when the server closes', async () => {
    const { app, port } = await listening();
    let closed: Promise<unknown> = Promise.resolve();
    const { text } = await stream(port, 'day/top/stream', {}, (so) => {
      if (so.includes('data:')) closed = app.close();
      return false;
    });
    await closed;
    expect(text).toContain('event: top');
  });

  test('of what is not there is a problem', async () => {
    const { app } = await serve({ boards });
    const ask = async (path: string) => (await app.inject(`/v1/boards/${path}/top/stream`)).json();
    expect(await ask('nobody/windows/all')).toMatchObject({ status: 404, code: 'board-not-found' });
    expect(await ask(`${board}/windows/week`)).toMatchObject({ status: 404, code: 'window-not-found' });
  });
});
