import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withLock } from '../../src/programs/lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nobody = (): void => {
  throw new Error('nobody holds it');
};

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

  it('of a process that died is taken over also when its process id was given to another', async () => {
    const lock = join(folder, 'reused');
    await writeFile(lock, `${process.pid} 1`);
    expect(await withLock(lock, nobody, async () => 'in')).toBe('in');
  });

  it('of a process that died is taken over also while nobody has asked how it ended', async () => {
    const lock = join(folder, 'zombie');
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [pid] = await once(parent.stdout, 'data');
    await writeFile(lock, String(pid).trim());
    expect(
      await withLock(
        lock,
        () => {},
        async () => 'in',
      ),
    ).toBe('in');
    expect(() => process.kill(Number(pid), 0)).not.toThrow();
  });

  it('that a crash left without a name is taken over', async () => {
    const lock = join(folder, 'four');
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    expect(await withLock(lock, nobody, async () => 'in')).toBe('in');
    expect((await readdir(folder)).filter((name) => name.startsWith('four'))).toEqual([]);
  });

  it('lets one process in at a time when many find its holder dead', { timeout: 60_000 }, async () => {
    const lock = join(folder, 'five');
    const inside = join(folder, 'inside');
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await writeFile(lock, String(dead.pid));
    // Each enters several times, and dies once while inside: its lock is found dead by all others at once.
    const script = `
      import { mkdirSync, rmdirSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      const { withLock } = await import(${JSON.stringify(new URL('../../src/programs/lock.ts', import.meta.url).href)});
      for (let i = 0; i < 3; i++) {
        await withLock(${JSON.stringify(lock)}, () => {}, async () => {
          mkdirSync(${JSON.stringify(inside)});
          await sleep(10);
          rmdirSync(${JSON.stringify(inside)});
          if (i === 2) process.kill(process.pid, 'SIGKILL');
        });
      }`;
    const ends = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const [, signal] = await once(child, 'exit');
        return signal;
      }),
    );
    expect(ends).toEqual(Array.from({ length: 8 }, () => 'SIGKILL'));
  });
});
