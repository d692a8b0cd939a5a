import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLock } from '../../src/programs/lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a lock file', () => {
  it('lets one in at a time and tells the others whom they wait for', async () => {
    const lock = join(folder, 'one');
    const waitedFor: number[] = [];
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(lock, (pid) => waitedFor.push(pid), work)));
    expect(most).toBe(1);
    expect(waitedFor).toEqual([process.pid, process.pid]);
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is given back when the work fails', async () => {
    const lock = join(folder, 'two');
    const fail = withLock(
      lock,
      () => {},
      () => Promise.reject(new Error('no')),
    );
    await expect(fail).rejects.toThrow('no');
    expect(
      await withLock(
        lock,
        () => {},
        async () => 'in',
      ),
    ).toBe('in');
  });

  it('of a process that died is taken over', async () => {
    const lock = join(folder, 'three');
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(lock, String(child.pid));
    expect(
      await withLock(
        lock,
        () => {},
        async () => 'in',
      ),
    ).toBe('in');
  });
});
