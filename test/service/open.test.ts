import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openService } from '../../src/service/open.ts';
import { testRedis } from '../helpers/redis.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a worker that stops is not ready while it still works', async () => {
  const { url, prefix } = testRedis();
  const folder = await mkdtemp(join(tmpdir(), 'opsline-open-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const config = readConfig({
    REDIS_URL: url,
    OPSLINE_PREFIX: prefix,
    OPSLINE_PROBES_PORT: String(port),
    OPSLINE_DATA: folder,
    OPSLINE_MODEL: 'none',
    OPSLINE_LOG_LEVEL: 'silent',
  });
  const service = await openService({ config, roles: ['worker'], embeddedRedis: false, version: '0.0.0' });
  const ready = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  expect(await ready()).toBe(200);

  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const close = Worker.prototype.close;
  const spy = vi.spyOn(Worker.prototype, 'close').mockImplementation(async function (this: Worker, force) {
    await held;
    return close.call(this, force);
  });
  onTestFinished(() => spy.mockRestore());
  const closed = service.close();
  expect(await ready()).toBe(503);
  letGo();
  await closed;
  await expect(ready()).rejects.toThrow();
});
