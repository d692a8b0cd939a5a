import { f } from '@ax-llm/ax';
import { z } from 'zod';
import { digest } from '../../../src/digest.ts';
import type { Prediction, Predictor } from '../../../src/model/predictor.ts';
import { defineSignature, type Signature } from '../../../src/model/signature.ts';
import { definePipeline, type Step } from '../../../src/runs/pipeline.ts';

/** A question whose answer is one sentence about a number. */
export const describeNumber = defineSignature({
  name: 'describe-number',
  ax: f().input('givenNumber', f.number('a number')).output('sentence', f.string('one sentence about it')).build(),
  input: z.object({ givenNumber: z.number() }),
  output: z.object({ sentence: z.string() }),
  instruction: 'Say one sentence about the number.',
  maxTokens: 50,
});

/** A predictor that counts what it was asked and answers from `answer`. */
export function countingPredictor(
  answer: (input: unknown) => unknown = (input) => ({ sentence: `about ${JSON.stringify(input)}` }),
  model = 'test:counting',
): Predictor & { asked: number } {
  const requestDigest = <I, O>(signature: Signature<I, O>, input: I): string =>
    digest({ model, signature: signature.name, input });
  return {
    model,
    asked: 0,
    requestDigest,
    async predict<I, O>(signature: Signature<I, O>, input: I): Promise<Prediction<O>> {
      this.asked += 1;
      const call = {
        signature: signature.name,
        model,
        parameters: {},
        requestDigest: requestDigest(signature, input),
        durationMs: 1,
      };
      const value = await answer(input);
      return typeof value === 'string' ? { ok: false, reason: value, call } : { ok: true, value: value as O, call };
    },
    close: async () => {},
  };
}

export const Doubling = z.object({ number: z.number() });
export const Doubled = z.object({ doubled: z.number(), sentence: z.string().nullable(), ticket: z.string() });

export interface Deeds {
  look?: (input: { number: number }, signal: AbortSignal) => unknown;
  compute?: (n: number) => number;
  change?: (key: string, signal: AbortSignal) => Promise<string>;
  before?: (step: Step) => Promise<void> | void;
  after?: (step: Step) => Promise<void> | void;
}

/** A pipeline that uses each kind of step once: read, do, predict, write. */
export function doubling(deeds: Deeds = {}, options: { version?: number; timeoutMs?: number; name?: string } = {}) {
  return definePipeline({
    name: options.name ?? 'doubling',
    version: options.version ?? 1,
    timeoutMs: options.timeoutMs ?? 20_000,
    input: Doubling,
    output: Doubled,
    async run(request, step) {
      await deeds.before?.(step);
      const read = await step.read('look', request, deeds.look ?? (({ number }) => number), z.number() as never);
      const doubled = await step.do('double', () => (deeds.compute ?? ((n: number) => n * 2))(read as number));
      const draft = await step.predict(describeNumber, { givenNumber: doubled });
      const ticket = await step.write('file', `ticket-${doubled}`, deeds.change ?? (async (key) => `filed ${key}`));
      await deeds.after?.(step);
      return { doubled, sentence: draft?.sentence ?? null, ticket };
    },
  });
}
