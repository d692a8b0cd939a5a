import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { f } from '@ax-llm/ax';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createPredictor } from '../../src/model/create.ts';
import { DEFAULT_MODEL, modelFile } from '../../src/model/embedded/catalog.ts';
import type { Predictor } from '../../src/model/predictor.ts';
import { defineSignature } from '../../src/model/signature.ts';
import { cacheFolder } from '../../src/programs/catalog.ts';
import { context } from '../model/helpers/signature.ts';

/*
 * Needs node-llama-cpp and the model file, which is why it is no part of `npm test`:
 *   vitest run --config test/live/vitest.config.ts
 * A cache folder of its own gives it a process of its own, so that nobody else's requests are in the figures.
 */

const kinds = ['image-pull', 'out-of-memory', 'config-missing'] as const;
const cause = defineSignature({
  name: 'live-cause',
  ax: f()
    .description('Name the cause of a failed deploy.')
    .input('finding', f.string('What a rule found'))
    .output('causeKind', f.class([...kinds], 'The cause'))
    .output('summaryText', f.string('One sentence for the engineer on call'))
    .build(),
  input: z.object({ finding: z.string() }),
  output: z.object({ causeKind: z.enum(kinds), summaryText: z.string() }),
  instruction: 'Use only the finding.',
  demos: [
    {
      input: { finding: 'Container api was OOMKilled, exit code 137' },
      output: { causeKind: 'out-of-memory', summaryText: 'The container api ran out of memory.' },
    },
  ],
  maxTokens: 120,
});

let cache: string;
let predictor: Predictor;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'opsline-live-'));
  await mkdir(join(cache, 'models'));
  await symlink(modelFile(DEFAULT_MODEL, cacheFolder()), modelFile(DEFAULT_MODEL, cache));
  const started = performance.now();
  predictor = await createPredictor({}, { model: 'embedded', warm: true, cacheFolder: cache });
  console.log(`loaded in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}, 120_000);
afterAll(async () => {
  await predictor.close();
  await rm(cache, { recursive: true, force: true });
});

async function ask(finding: string): Promise<number> {
  const prediction = await predictor.predict(cause, { finding }, context(AbortSignal.timeout(240_000)));
  if (!prediction.ok) throw new Error(prediction.reason);
  const { durationMs, inputTokens, outputTokens } = prediction.call;
  console.log(`${durationMs} ms, ${inputTokens} + ${outputTokens} tokens: ${JSON.stringify(prediction.value)}`);
  return durationMs;
}

test('the model fills the schema, and the shared prefix of the next prompt is not read again', async () => {
  const first = await ask('Back-off pulling image web:1.4.2');
  const second = await ask('ConfigMap shop-settings not found');
  console.log(`the second call took ${(second / first).toFixed(2)} of the first`);
  expect(second).toBeLessThan(first);
}, 300_000);

test('an aborted generation is over at once, and the next answer is not held up', async () => {
  const abort = new AbortController();
  const endless = { ...cause, maxTokens: 2000, instruction: 'Write a summary of a thousand words.' };
  const running = predictor.predict(endless, { finding: 'x' }, context(abort.signal));
  setTimeout(() => abort.abort(new Error('cancelled')), 2000);
  await expect(running).rejects.toThrow('cancelled');
  await ask('Back-off pulling image api:2');
}, 300_000);
