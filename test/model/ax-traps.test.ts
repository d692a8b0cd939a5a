import { type AxChatRequest, type AxChatResponse, AxMockAIService, ai, ax, f, optimize } from '@ax-llm/ax';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { completion } from './helpers/provider.ts';

/**
 * What ax does that nothing around it can mend: why this code builds signatures with `f`, computes digests of its own, seeds
 * every instruction and ends calls by their signal. When an upgrade of ax makes one of these fail, the trap is gone or has moved:
 * read what stands at its guard before changing the test. Traps that the adapter meets are in `ax-predictor.test.ts`.
 */
const nameCause = f()
  .input('logLine', f.string('A line'))
  .output('causeKind', f.class(['image', 'memory'], 'The cause'))
  .build();

function program(id: string, instruction: string, maxRetries = 0) {
  const gen = ax(nameCause, { maxRetries });
  gen.setId(id);
  if (instruction !== '') gen.setInstruction(instruction);
  return gen;
}

const tokens = { promptTokens: 1, completionTokens: 1, totalTokens: 2 };

/** A model that answers as given, and hears what it was asked. */
function model(answer: (prompt: string) => string, heard: string[] = []) {
  return new AxMockAIService<string>({
    features: { functions: false, streaming: false, structuredOutputModes: ['json_object'] },
    chatResponse: async (request: Readonly<AxChatRequest<unknown>>): Promise<AxChatResponse> => {
      const prompt = JSON.stringify(request.chatPrompt);
      heard.push(prompt);
      return {
        results: [{ index: 0, content: answer(prompt), finishReason: 'stop' }],
        modelUsage: { ai: 'mock', model: 'm', tokens },
      };
    },
  });
}

describe('zod schemas as fields of a signature', () => {
  const schemaOf = (field: z.ZodType): unknown => {
    const signature = f()
      .input('logLine', f.string('A line'))
      .output('answerField', field as never)
      .build();
    return (signature.toJSONSchema().properties as Record<string, unknown>).answerField;
  };

  test('an enumeration is refused', () => {
    expect(() => schemaOf(z.enum(['a', 'b']))).toThrow('Class type requires options');
  });

  test('a nested enumeration loses its members, an array the shape of its items, a text its bounds', () => {
    expect(schemaOf(z.object({ kind: z.enum(['a', 'b']) }))).toMatchObject({ properties: { kind: { enum: [] } } });
    expect(schemaOf(z.array(z.object({ text: z.string() })))).not.toHaveProperty('items.properties');
    expect(schemaOf(z.string().min(3).max(5))).toEqual({ type: 'string' });
  });
});

test('the key of a cache knows neither model nor instruction nor demos', async () => {
  const keys: string[] = [];
  const options = {
    cachingFunction: async (key: string): Promise<undefined> => {
      keys.push(key);
    },
  };
  for (const name of ['one', 'two']) {
    const gen = program('name-cause', `Instruction ${name}.`);
    gen.setDemos([{ programId: 'name-cause', traces: [{ logLine: name, causeKind: 'image' as const }] }]);
    await gen.forward(
      model(() => 'Cause Kind: image'),
      { logLine: 'killed' },
      { ...options, model: name },
    );
  }
  expect(keys.length).toBeGreaterThan(1);
  expect(new Set(keys).size).toBe(1);
});

describe('optimisation', () => {
  const artifact = {
    bestScore: 1,
    stats: {},
    componentMap: { 'name-cause::instruction': 'Say memory.' },
    optimizerType: 'GEPA',
    optimizationTime: 1,
    totalRounds: 1,
    converged: true,
  } as unknown as Parameters<ReturnType<typeof program>['applyOptimization']>[0];

  test('an artifact of another program id changes nothing, and nobody says so', () => {
    const own = program('name-cause', 'Pick the cause.');
    own.applyOptimization(artifact);
    expect(own.getInstruction()).toBe('Say memory.');
    const renamed = program('find-cause', 'Pick the cause.');
    renamed.applyOptimization(artifact);
    expect(renamed.getInstruction()).toBe('Pick the cause.');
    expect(renamed.getOptimizableComponents().map(({ key }) => key)).toEqual(['find-cause::instruction']);
  });

  test('an empty instruction is never improved, and nobody says so', async () => {
    const examples = Array.from({ length: 10 }, (_, index) => ({
      logLine: `line ${index}`,
      causeKind: 'memory' as const,
    }));
    const improve = async (instruction: string): Promise<number> => {
      const student = model((prompt) => `Cause Kind: ${prompt.includes('Say memory.') ? 'memory' : 'image'}`);
      const teacher = model(() => 'New Instruction: Say memory.');
      const metric = ({ prediction, example }: { prediction: unknown; example: unknown }): number =>
        (prediction as { causeKind: string }).causeKind === (example as { causeKind: string }).causeKind ? 1 : 0;
      const { bestScore } = await optimize(program('name-cause', instruction), examples, metric, {
        studentAI: student,
        teacherAI: teacher,
        validationExamples: examples,
        maxMetricCalls: 60,
        numTrials: 2,
        seed: 1,
        verbose: false,
      });
      return bestScore;
    };
    expect(await improve('')).toBe(0);
    expect(await improve('Pick the cause.')).toBe(1);
  }, 30_000);
});

describe('options of one call', () => {
  const answering = (content: string, asked: string[] = [], waitMs = 0) =>
    ai({
      name: 'openai-compatible',
      apiURL: 'http://model.invalid/v1',
      config: { model: 'm', stream: false },
      options: {
        retry: { maxRetries: 0 },
        fetch: async (_: unknown, init?: RequestInit) => {
          asked.push(String(init?.body));
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          return Response.json(completion(content));
        },
      },
    } as Parameters<typeof ai>[0]);

  test('a timeout ends nothing; only the signal does', async () => {
    const gen = program('name-cause', 'Pick the cause.');
    const slow = answering('Cause Kind: image', [], 200);
    const options = { timeout: 1 } as Parameters<typeof gen.forward>[2];
    expect(await gen.forward(slow, { logLine: 'x' }, options)).toEqual({ causeKind: 'image' });
    const aborted = gen.forward(slow, { logLine: 'x' }, { abortSignal: AbortSignal.timeout(1) });
    await expect(aborted).rejects.toMatchObject({ name: 'AxAIServiceAbortedError' });
  });

  test('to fail fast does not save a correction', async () => {
    const count = async (options: object): Promise<number> => {
      const asked: string[] = [];
      const gen = program('name-cause', 'Pick the cause.', 2);
      await expect(gen.forward(answering('Cause Kind: gremlin', asked), { logLine: 'x' }, options)).rejects.toThrow();
      return asked.length;
    };
    expect(await count({ fastFail: true })).toBe(3);
    expect(await count({})).toBe(3);
  });
});
