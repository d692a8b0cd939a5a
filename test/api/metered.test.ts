import { f } from '@ax-llm/ax';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { metered } from '../../src/api/metered.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { noModel, type Prediction, type Predictor } from '../../src/model/predictor.ts';
import { defineSignature } from '../../src/model/signature.ts';

const Text = z.object({ text: z.string() });
const signature = defineSignature({
  name: 'say-again',
  ax: f().input('givenPhrase', f.string('any text')).output('saidPhrase', f.string('the same text')).build(),
  input: Text,
  output: Text,
  instruction: 'Say it again.',
  maxTokens: 10,
});
const context = { runId: 'run_x', step: 'say', signal: new AbortController().signal };

function answering(prediction: Prediction<never>): Predictor {
  return { ...noModel(), model: 'test:one', predict: async () => prediction };
}

test('calls are counted by signature, model and outcome, with seconds and tokens; no call is no figure', async () => {
  const metrics = createMetrics();
  const call = {
    signature: 'say-again',
    model: 'test:one',
    parameters: {},
    requestDigest: 'd',
    inputTokens: 70,
    outputTokens: 9,
    durationMs: 1500,
  };
  const good = metered(answering({ ok: true, value: { text: 'x' } as never, call }), metrics);
  expect(await good.predict(signature, { text: 'x' }, context)).toMatchObject({ ok: true, value: { text: 'x' } });
  await metered(answering({ ok: false, reason: 'rubbish', call }), metrics).predict(signature, { text: 'x' }, context);
  await metered(noModel(), metrics).predict(signature, { text: 'x' }, context);

  const { body } = await metrics.text();
  const labels = (outcome: string) => `{signature="say-again",model="test:one",outcome="${outcome}"}`;
  expect(body).toContain(`opsline_model_call_duration_seconds_sum${labels('ok')} 1.5`);
  expect(body).toContain(`opsline_model_call_duration_seconds_count${labels('unusable')} 1`);
  expect(body).toContain('opsline_model_tokens_total{model="test:one",direction="input"} 140');
  expect(body).toContain('opsline_model_tokens_total{model="test:one",direction="output"} 18');
  expect(body.match(/^opsline_model_call_duration_seconds_count/gm)).toHaveLength(2);
});
