import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPath, programPin } from '../../src/programs/catalog.ts';
import { findProgram, requireProgram } from '../../src/programs/find.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-find-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function executable(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  return path;
}

describe('finding a program', () => {
  it('prefers OPSLINE_<NAME>, then the cache, then PATH', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: join(folder, 'bin') };
    expect(await findProgram('gator', env)).toBeUndefined();
    const onPath = await executable(join(folder, 'bin', 'gator'));
    expect(await findProgram('gator', env)).toBe(onPath);
    const built = await executable(builtPath(await programPin('gator'), env));
    expect(await findProgram('gator', env)).toBe(built);
    const named = await executable(join(folder, 'own', 'gator'));
    expect(await findProgram('gator', { ...env, OPSLINE_GATOR: named })).toBe(named);
  });

  it('knows kyverno as a kubectl plugin', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'none'), PATH: join(folder, 'plugins') };
    const plugin = await executable(join(folder, 'plugins', 'kubectl-kyverno'));
    expect(await findProgram('kyverno', env)).toBe(plugin);
  });

  it('takes no folder and no file that cannot be run for a program', async () => {
    await mkdir(join(folder, 'odd', 'opa'), { recursive: true });
    await writeFile(join(folder, 'odd', 'kubeconform'), '');
    const env = { XDG_CACHE_HOME: join(folder, 'none'), PATH: join(folder, 'odd') };
    expect(await findProgram('opa', env)).toBeUndefined();
    expect(await findProgram('kubeconform', env)).toBeUndefined();
  });

  it('says how to get one that is missing', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'none'), PATH: '' };
    await expect(requireProgram('gator', env)).rejects.toMatchObject({
      code: 'program-missing',
      message: expect.stringContaining('opsline doctor --build gator'),
    });
  });

  it('refuses an override that is no program, and an unknown name', async () => {
    await expect(findProgram('opa', { OPSLINE_OPA: join(folder, 'nowhere') })).rejects.toMatchObject({
      message: expect.stringContaining('OPSLINE_OPA'),
    });
    await expect(findProgram('rm', {})).rejects.toMatchObject({ code: 'program-missing' });
  });
});
