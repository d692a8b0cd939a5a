import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PROGRAMS } from '../../src/programs/catalog.ts';
import { programSources, TEST_PROGRAMS, type TestProgram, testPin } from '../helpers/programs.ts';

const names = Object.keys(TEST_PROGRAMS) as TestProgram[];

describe('programs that only tests need', () => {
  it.each(names)('%s is read from the go.mod of its module', async (name) => {
    const pin = await testPin(name);
    expect(pin.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(pin.package.startsWith(pin.upstream)).toBe(true);
  });

  it('come from one module where upstream builds several', async () => {
    const pins = await Promise.all(names.filter((name) => TEST_PROGRAMS[name] === 'kubernetes').map(testPin));
    expect(pins.map((pin) => pin.package)).toEqual(pins.map((pin) => `k8s.io/kubernetes/cmd/${pin.name}`));
    expect(new Set(pins.map((pin) => pin.version)).size).toBe(1);
  });

  it('are not offered to users', () => {
    expect(names.filter((name) => (PROGRAMS as readonly string[]).includes(name))).toEqual([]);
  });

  it('bring their manifests along', { timeout: 300_000 }, async () => {
    const crds = await stat(`${await programSources('argocd')}/manifests/crds`);
    expect(crds.isDirectory()).toBe(true);
  });
});
