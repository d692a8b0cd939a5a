import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, ROOT } from '../helpers/cli.ts';
import { completion, type Provider, reply, startProvider } from '../model/helpers/provider.ts';

const from = (path: string): string => JSON.stringify(pathToFileURL(join(ROOT, path)).href);

/** A suite of its own: its pipeline asks the model for the very word of the case. */
const SUITE = `
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from ${from('node_modules/zod/index.js')};
import { f } from ${from('node_modules/@ax-llm/ax/index.js')};
import { defineSuite, passFail } from ${from('src/evaluation/suite.ts')};
import { defineSignature } from ${from('src/model/signature.ts')};
import { definePipeline } from ${from('src/runs/pipeline.ts')};

const Word = z.object({ wantedWord: z.string() });
const say = defineSignature({
  name: 'say-word',
  ax: f().input('wantedWord', f.string('A word')).output('spokenWord', f.string('That word')).build(),
  input: Word,
  output: z.object({ spokenWord: z.string() }),
  instruction: 'Say the word.',
  maxTokens: 10,
});
const echo = definePipeline({
  name: 'echo',
  version: 1,
  input: Word,
  output: z.object({ word: z.string() }),
  run: async (input, step) => ({ word: (await step.predict(say, input))?.spokenWord ?? 'rules' }),
});
export const suite = defineSuite({
  name: 'echo',
  folder: import.meta.dirname,
  model: 'openai-compatible:test-1',
  expected: z.object({}),
  loadInput: async (folder) => ({ wantedWord: await readFile(join(folder, 'word.txt'), 'utf8') }),
  pipeline: async () => echo,
  metrics: { word: ({ output }) => passFail(output.word !== '', 'no word') },
});
`;

let folder: string;
let provider: Provider;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-eval-'));
  await mkdir(join(folder, 'echo'));
  await writeFile(join(folder, 'echo', 'suite.ts'), SUITE);
  provider = await startProvider((response) => reply(response, completion({ spokenWord: 'aye' })));
});
afterAll(async () => {
  await provider.close();
  await rm(folder, { recursive: true, force: true });
});

async function addCase(id: string): Promise<void> {
  const path = join(folder, 'echo', 'cases', id);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'case.yaml'), 'tags: [easy]\nexpected: {}\n');
  await writeFile(join(path, 'word.txt'), id);
}

const run = (...flags: string[]): ReturnType<typeof cli> =>
  cli(['eval', 'echo', '--suites', folder, ...flags], { env: { OPENAI_BASE_URL: provider.url, OPSLINE_MODEL: '' } });
const kept = async (): Promise<string[]> =>
  (await readdir(join(folder, 'echo', 'recordings'), { recursive: true })).filter((name) => name.endsWith('.json'));

describe('opsline eval', () => {
  it('keeps recordings that a case asks for, and removes others only when it has seen all cases', async () => {
    await addCase('one');
    await addCase('two');
    expect(await run('--record', '--write-baseline')).toMatchObject({ code: 0 });
    expect(await kept()).toHaveLength(2);
    await rm(join(folder, 'echo', 'cases', 'two'), { recursive: true });
    const other = join(folder, 'echo', 'recordings', 'say-word', 'other.json');
    const recording = {
      schema: 1,
      signature: 'say-word',
      model: 'openai-compatible:test-2',
      request: {},
      response: {},
    };
    await writeFile(other, JSON.stringify(recording));

    const stale = await run();
    expect(stale.code).toBe(1);
    expect(stale.stdout).toMatch(/no case asks for say-word\/[0-9a-f]{64}\.json in /);
    expect(stale.stdout).toContain('Remove it with: opsline eval echo --record');
    expect(stale.stdout).not.toContain('other.json');

    expect(await run('--record', '--case', 'one')).toMatchObject({ code: 0 });
    expect(await kept()).toHaveLength(3);

    const pruned = await run('--record');
    expect(pruned).toMatchObject({ code: 0, stderr: expect.stringContaining('because no case asks for it') });
    expect(await kept()).toHaveLength(2);
    expect(await kept()).toContain(join('say-word', 'other.json'));
    expect(await run()).toMatchObject({ code: 0 });
  }, 60_000);

  it('does not take a case that is none for one that passed', async () => {
    const said = await run('--case', 'nine');
    expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no case nine') });
  });
});
