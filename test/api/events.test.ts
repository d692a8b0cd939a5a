import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { RunEvent } from '../../src/runs/run.ts';
import { type Served, serve } from './serve.ts';

interface Frame {
  id: string;
  event: string;
  data: RunEvent;
}

/** Reads a stream of events as a client does; `until` sees each frame and may end it. */
async function watch(
  { app }: Served,
  id: string,
  options: { after?: string; until?: (frame: Frame) => boolean | Promise<boolean> } = {},
): Promise<{ status: number; headers: Record<string, unknown>; frames: Frame[]; comments: number }> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  return new Promise((resolve, reject) => {
    const headers = options.after === undefined ? {} : { 'last-event-id': options.after };
    const asked = request({ port, path: `/v1/runs/${id}/events`, headers }, async (response) => {
      const seen = { status: response.statusCode ?? 0, headers: response.headers, frames: [] as Frame[], comments: 0 };
      let rest = '';
      try {
        for await (const chunk of response) {
          rest += chunk;
          const blocks = rest.split('\n\n');
          rest = blocks.pop() ?? '';
          for (const block of blocks) {
            if (block.startsWith(':')) seen.comments++;
            const [, eventId, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
            if (eventId === undefined || event === undefined || data === undefined) continue;
            const frame = { id: eventId, event, data: RunEvent.parse(JSON.parse(data)) };
            seen.frames.push(frame);
            if (await options.until?.(frame)) return resolve(seen);
          }
        }
        resolve(seen);
      } catch (error) {
        reject(error);
      } finally {
        asked.destroy();
      }
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('GET /v1/runs/{id}/events', () => {
  test('streams what happens until the run has finished', async () => {
    const served = await serve();
    const { id } = (await served.start('endless', 'x')).json();
    const seen = await watch(served, id, {
      until: async ({ event }) => {
        if (event === 'started') await served.runs.cancel(id);
        return false;
      },
    });
    expect(seen.status).toBe(200);
    expect(seen.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(seen.frames.at(0)?.event).toBe('queued');
    expect(seen.frames.at(-1)).toMatchObject({ event: 'finished', data: { data: { status: 'cancelled' } } });
    expect(seen.frames.map((frame) => [frame.id, frame.event])).toEqual(
      seen.frames.map(({ data }) => [data.id, data.type]),
    );
  });

  test('shows the past of a finished run and ends', async () => {
    const served = await serve();
    const { id } = (await served.start('echo', 'x', { prefer: 'wait=10' })).json();
    const { frames } = await watch(served, id);
    expect(frames.map(({ event }) => event)).toEqual(['queued', 'started', 'step', 'finished']);
  });

  test('goes on after Last-Event-ID, whichever it is, and misses nothing', async () => {
    const served = await serve();
    const { id } = (await served.start('echo', 'x', { prefer: 'wait=10' })).json();
    const { frames } = await watch(served, id);
    for (const [index, frame] of frames.slice(0, -1).entries()) {
      const rest = await watch(served, id, { after: frame.id });
      expect(rest.frames).toEqual(frames.slice(index + 1));
    }
  });

  test('after the last event it is 204, so that EventSource does not come back', async () => {
    const served = await serve();
    const { id } = (await served.start('echo', 'x', { prefer: 'wait=10' })).json();
    const last = (await watch(served, id)).frames.at(-1)?.id ?? '';
    expect((await watch(served, id, { after: last })).status).toBe(204);
  });

  test('a Last-Event-ID that is none is malformed', async () => {
    const served = await serve();
    const { id } = (await served.start('echo', 'x')).json();
    for (const after of ['$', '99999999999999999999-0', '1-99999999999999999999']) {
      expect((await watch(served, id, { after })).status, after).toBe(400);
    }
  });

  test('heartbeats fill silence', async () => {
    const served = await serve({ heartbeatMs: 20 });
    const { id } = (await served.start('endless', 'x')).json();
    const cancel = setTimeout(() => void served.runs.cancel(id), 300);
    const { comments, frames } = await watch(served, id);
    clearTimeout(cancel);
    expect(comments).toBeGreaterThan(2);
    expect(frames.at(-1)?.event).toBe('finished');
  });

  test('a client that leaves is no longer followed', async () => {
    const served = await serve({ heartbeatMs: 60_000 });
    const { id } = (await served.start('endless', 'x')).json();
    const events = served.runs.events.bind(served.runs);
    const left = new Promise<void>((resolve) => {
      served.runs.events = (run, options) => {
        options.signal.addEventListener('abort', () => resolve(), { once: true });
        return events(run, options);
      };
    });
    await watch(served, id, { until: ({ event }) => event === 'started' });
    await left;
  });

  test('closing the server ends open streams at once', async () => {
    const served = await serve({ heartbeatMs: 60_000 });
    const { id } = (await served.start('endless', 'x')).json();
    let closed: Promise<unknown> = Promise.resolve();
    const begun = Date.now();
    const { frames } = await watch(served, id, {
      until: ({ event }) => {
        if (event === 'started') closed = served.app.close();
        return false;
      },
    });
    await closed;
    expect(frames.at(-1)?.event).not.toBe('finished');
    expect(Date.now() - begun).toBeLessThan(5000);
  });
});
