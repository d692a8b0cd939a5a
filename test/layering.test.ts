import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['src', 'signatures', 'pipelines', 'evals', 'bench', 'test', 'bin', 'tools'];
const MAX_LINES = 400;

/**
 * The floors of the house, top first. A file may import from floors below its own and from its own room, never from above
 * or from a room beside it. `evals` and `bench` look at everything from outside; tests may import anything.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['src/main.ts', 'src/service'],
  ['src/cli'],
  ['src/api', 'src/web'],
  ['pipelines'],
  ['signatures', 'src/evaluation'],
  ['src/leaderboard', 'src/evidence', 'src/policy', 'src/manifest', 'src/git'],
  ['src/runs', 'src/kubernetes'],
  ['src/model', 'src/redis'],
  ['src/telemetry.ts', 'src/config.ts'],
  [
    'src/programs',
    'src/digest.ts',
    'src/errors.ts',
    'src/visible.ts',
    'src/nearest.ts',
    'src/json.ts',
    'src/literal.ts',
    'src/networks.ts',
  ],
];
const OUTSIDE = ['evals', 'bench', 'test', 'bin', 'tools'];

/** Rooms of the bottom floor serve each other as well. */
const BOTTOM = FLOORS.length - 1;

function under(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

function place(path: string): { floor: number; room: string } | undefined {
  for (const [floor, rooms] of FLOORS.entries()) {
    const room = rooms.find((name) => under(path, name));
    if (room !== undefined) return { floor, room };
  }
  return undefined;
}

/** Why `from` must not import `to`, both relative to the repository; undefined when it may. */
function broken(from: string, to: string): string | undefined {
  if (OUTSIDE.some((room) => under(from, room))) return undefined;
  const [source, target] = [place(from), place(to)];
  if (source === undefined) return `${from} stands in no room of the house`;
  if (target === undefined) return `${from} imports ${to}, which stands in no room that code may import`;
  if (source.room === target.room || source.floor < target.floor) return undefined;
  if (source.floor === BOTTOM && target.floor === BOTTOM) return undefined;
  if (source.floor === 0 && target.floor === 0) return undefined;
  return `${from} imports ${to}: ${source.floor === target.floor ? 'a room beside it' : 'a floor above it'}`;
}

/** What a source file imports, whether as value or type, statically or not. */
function importsOf(source: string): string[] {
  const pattern =
    /(?:^|[;\n])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...source.matchAll(pattern)].map((match) => (match[1] ?? match[2]) as string);
}

async function sources(): Promise<{ path: string; text: string }[]> {
  const found: { path: string; text: string }[] = [];
  for (const folder of FOLDERS) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name) || entry.parentPath.includes('node_modules')) continue;
      const file = join(entry.parentPath, entry.name);
      found.push({ path: relative(ROOT, file), text: await readFile(file, 'utf8') });
    }
  }
  return found;
}

describe('the house', async () => {
  const files = await sources();

  it('has sources', () => expect(files.length).toBeGreaterThan(50));

  it('lets each layer import only the layers below it', () => {
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('.'))
        .map((name) => broken(path, join(dirname(path), name)))
        .filter((reason) => reason !== undefined),
    );
    expect(wrong).toEqual([]);
  });

  it('imports sources with their extension', () => {
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith('.') && !/\.(ts|mjs|json)$/.test(name))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('imports only packages that package.json names', async () => {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    );
    const shipped = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
    const known = new Set([...shipped, ...Object.keys(devDependencies)]);
    const wrong = files.flatMap(({ path, text }) => {
      const allowed = OUTSIDE.some((room) => under(path, room)) ? known : shipped;
      return importsOf(text)
        .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
        .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
        .filter((name) => !allowed.has(name))
        .map((name) => `${path} imports ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('exports by name', () => {
    // vitest reads its configuration from the default export.
    const own = files.filter(({ path }) => !path.endsWith('vitest.config.ts'));
    const wrong = own.filter(({ text }) => /^export\s+(default\b|\{[^}]*\bas default\b)/m.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it(`keeps files below ${MAX_LINES} lines`, () => {
    const long = files.map(({ path, text }) => ({ path, lines: text.split('\n').length }));
    expect(long.filter(({ lines }) => lines > MAX_LINES + 1)).toEqual([]);
  });

  it('leaves no test out', () => {
    const tests = files.filter(({ path }) => path.startsWith('test/') && path !== 'test/layering.test.ts');
    const wrong = tests.filter(({ text }) => /\b(it|test|describe)\.(only|skip|todo)\b/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['src/runs/worker.ts', 'src/redis/connect.ts', undefined],
    ['src/runs/worker.ts', 'src/runs/store.ts', undefined],
    ['src/redis/open.ts', 'src/runs/worker.ts', 'above'],
    ['src/model/create.ts', 'src/redis/connect.ts', 'beside'],
    ['src/policy/gator.ts', 'src/manifest/edit.ts', 'beside'],
    ['pipelines/a/index.ts', 'src/cli/io.ts', 'above'],
    ['pipelines/a/index.ts', 'test/helpers/redis.ts', 'no room'],
    ['src/errors.ts', 'src/digest.ts', undefined],
    ['src/digest.ts', 'src/runs/run.ts', 'above'],
    ['src/elsewhere.ts', 'src/errors.ts', 'no room'],
    ['test/a.test.ts', 'src/cli/io.ts', undefined],
  ])('%s importing %s', (from, to, reason) => {
    if (reason === undefined) expect(broken(from, to)).toBeUndefined();
    else expect(broken(from, to)).toContain(reason);
  });

  it('sees every form of import', () => {
    const source = [
      `import a from './a.ts';`,
      `import { b,\n  c } from "./b.ts";`,
      `import type { D } from './d.ts';`,
      `export { e } from './e.ts';`,
      `export * from './f.ts';`,
      `import './g.ts';`,
      `const h = await import('./h.ts');`,
      `type I = import('./i.ts').I;`,
    ].join('\n');
    expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './d.ts', './e.ts', './f.ts', './g.ts', './h.ts', './i.ts']);
  });
});
