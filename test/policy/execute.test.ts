import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asDocuments, ENGINE_LIMITS, execute, networkIsolation, withPrivateFolder } from '../../src/policy/execute.ts';

const never = new AbortController().signal;
const node = (code: string, limits?: Parameters<typeof execute>[4], signal = never) =>
  withPrivateFolder((folder) => execute(process.execPath, ['-e', code], folder, signal, limits ?? ENGINE_LIMITS));

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('execute', () => {
  it('gives an engine nothing of our environment and a private home', async () => {
    process.env.OPSLINE_TEST_SECRET = 'hidden';
    const { stdout } = await node(
      'console.log(JSON.stringify({ env: process.env, mode: require("fs").statSync(process.cwd()).mode & 0o777, cwd: process.cwd() }))',
    );
    delete process.env.OPSLINE_TEST_SECRET;
    const { env, mode, cwd } = JSON.parse(stdout);
    expect(Object.keys(env).sort()).toEqual(['GOGC', 'GOMEMLIMIT', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY', 'TMPDIR']);
    expect([env.HOME, mode]).toEqual([cwd, 0o700]);
    await expect(stat(cwd)).rejects.toThrow(/ENOENT/);
  });

  it('keeps an engine from the network wherever the system allows it, and runs it where not', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end('reached');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { code, stdout } = await node(
        `fetch(${JSON.stringify(url)}).then((r) => r.text()).then(console.log, () => console.log('unreachable'))`,
      );
      const isolated = (await networkIsolation()).length > 0;
      expect([code, stdout.trim(), asked]).toEqual(isolated ? [0, 'unreachable', 0] : [0, 'reached', 1]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('stops an engine that takes too long, and whatever it started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'opsline-test-'));
    const note = join(folder, 'pid');
    const parent = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); require('fs').writeFileSync(${JSON.stringify(note)}, String(c.pid)); setInterval(() => {}, 1000)`;
    await expect(node(parent, { timeoutMs: 1_500, outputBytes: 1_000 })).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('longer than 1.5 s'),
    });
    const pid = Number(await readFile(note, 'utf8'));
    await rm(folder, { recursive: true });
    // The orphan is killed at once; who reaps it, and when, is the system's affair.
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('stops an engine that says too much', async () => {
    const flood = 'const s = "x".repeat(65536); (function go() { process.stdout.write(s, go) })()';
    await expect(node(flood, { timeoutMs: 20_000, outputBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('1000000 bytes'),
    });
  });

  it('ends with the reason of an aborted run', async () => {
    const controller = new AbortController();
    const running = node('setInterval(() => {}, 1000)', undefined, controller.signal);
    setTimeout(() => controller.abort(new Error('cancelled')), 200);
    await expect(running).rejects.toThrow('cancelled');
  });

  it('says when a program cannot be started', async () => {
    await expect(withPrivateFolder((folder) => execute('/nowhere/gator', [], folder, never))).rejects.toMatchObject({
      code: 'engine-failed',
    });
  });

  it('refuses more objects or bytes than one call takes', () => {
    expect(() => asDocuments(Array(ENGINE_LIMITS.documents + 1).fill({}))).toThrow(
      expect.objectContaining({ code: 'payload-too-large' }),
    );
    expect(() => asDocuments(['x'.repeat(ENGINE_LIMITS.inputBytes)])).toThrow(
      expect.objectContaining({ code: 'payload-too-large' }),
    );
  });
});
