import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript that Node 20 runs
import { runsPackages, whyInstall } from '../../tools/lib/dependencies.mjs';

const folders: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'opsline-deps-'));
  folders.push(root);
  await mkdir(join(root, 'node_modules'));
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const lock = (packages: object): string => JSON.stringify({ lockfileVersion: 3, packages });
const wanted = {
  '': { name: 'root' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/b-darwin': { version: '2.0.0', optional: true },
};

async function given(locked: object, installed?: object): Promise<void> {
  await writeFile(join(root, 'package-lock.json'), lock(locked));
  if (installed !== undefined) await writeFile(join(root, 'node_modules', '.package-lock.json'), lock(installed));
}

describe('whether npm ci is needed', () => {
  it('is after a clone', async () => {
    await given(wanted);
    expect(whyInstall(root)).toBe('nothing is installed yet');
  });
  it('is not once everything is there, whoever installed it; packages of other platforms do not count', async () => {
    await given(wanted, { 'node_modules/a': { version: '1.0.0' } });
    expect(whyInstall(root)).toBeUndefined();
  });
  it('is when a package is missing or has another version', async () => {
    await given(wanted, { 'node_modules/a': { version: '0.9.0' } });
    expect(whyInstall(root)).toBe('a is 0.9.0, wanted 1.0.0');
    await given(wanted, {});
    expect(whyInstall(root)).toBe('a is missing, wanted 1.0.0');
  });
});

it('only an older Node than package.json asks for is one that merely installs', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toBe('>=22.19');
  for (const [version, runs] of [
    ['20.19.0', false],
    ['22.18.9', false],
    ['22.19.0', true],
    ['24.1.0', true],
  ])
    expect(runsPackages(version), String(version)).toBe(runs);
});
