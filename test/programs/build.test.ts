import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/programs/build.ts';
import { programPin } from '../../src/programs/catalog.ts';
import { compareVersions } from '../../src/programs/go.ts';
import { BUILD_TIMEOUT_MS } from '../helpers/programs.ts';

const run = promisify(execFile);

describe('building a program', () => {
  let path: string;
  beforeAll(async () => {
    path = await buildProgram('kubeconform');
  }, BUILD_TIMEOUT_MS);

  it('gives one that runs, under its version in the cache', async () => {
    const { version } = await programPin('kubeconform');
    expect(path.endsWith(`/opsline/bin/kubeconform-${version}`)).toBe(true);
    // Built from a module, it calls its version "development"; that it answers is what counts.
    await expect(run(path, ['-v'])).resolves.toBeDefined();
  });

  it('does nothing when it is there', async () => {
    const lines: string[] = [];
    expect(await buildProgram('kubeconform', (line) => lines.push(line))).toBe(path);
    expect(lines).toEqual([]);
  });

  it('refuses names it does not know', async () => {
    await expect(buildProgram('../evil')).rejects.toMatchObject({ code: 'program-missing' });
  });
});

describe('versions', () => {
  it.each([
    ['1.26.8', '1.26.6', 1],
    ['1.26', '1.26.0', 0],
    ['1.9.2', '1.26.0', -1],
    ['2.0', '1.99.9', 1],
  ])('%s against %s', (a, b, sign) => expect(Math.sign(compareVersions(a, b))).toBe(sign));
});
