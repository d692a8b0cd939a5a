import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
}

const { packages } = JSON.parse(await readFile(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');

test('the lockfile names no registry, so that any mirror of it may serve', () => {
  expect(locked.length).toBeGreaterThan(100);
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('every package is held to its digest, but for optional builds of llama.cpp that a mirror may lack', () => {
  const without = locked.filter(([, { integrity }]) => integrity === undefined);
  const wrong = without.filter(
    ([path, { optional }]) => !/\/@node-llama-cpp\/(linux-riscv64|mac-|win-)/.test(path) || !optional,
  );
  expect(wrong.map(([path]) => path)).toEqual([]);
});
