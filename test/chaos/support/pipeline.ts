import { appendFileSync, existsSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { definePipeline } from '../../../src/runs/pipeline.ts';
import { countingPredictor, describeNumber } from '../../runs/support/pipelines.ts';

/** Where a worker may die, in the order in which a run comes by. */
export const BOUNDARIES = [
  'before-read',
  'in-read',
  'after-read',
  'in-do',
  'after-do',
  'in-predict',
  'after-predict',
  'in-write',
  'after-write',
  'before-finish',
  'after-finish',
] as const;
export type Boundary = (typeof BOUNDARIES)[number];

export const ChaosInput = z.object({
  name: z.string(),
  /** The first worker that comes here dies of SIGKILL. */
  dieAt: z.enum(BOUNDARIES).optional(),
  /** Every worker that comes here dies. */
  poison: z.boolean().optional(),
  /** How long the read takes, ms; it listens to its signal unless deaf. */
  readMs: z.number().optional(),
  deaf: z.boolean().optional(),
});
export type ChaosInput = z.infer<typeof ChaosInput>;

/** One outside deed of a worker, as it notes it in a file before anything else can happen. */
export interface Deed {
  readonly run: string;
  readonly what: string;
  readonly pid: number;
}

export const note = (file: string, run: string, what: string): void =>
  appendFileSync(file, `${JSON.stringify({ run, what, pid: process.pid } satisfies Deed)}\n`);

/** Dies here if this run wants it; `dieAt` only once, however often a worker comes by. */
export function dieIf(folder: string, input: ChaosInput, place: Boundary): void {
  const mark = `${folder}/died-${input.name}`;
  const due = input.poison ? place === 'in-do' : input.dieAt === place && !existsSync(mark);
  if (!due) return;
  openSync(mark, 'a');
  process.kill(process.pid, 'SIGKILL');
}

/** Each kind of step once, every outside deed noted in `<folder>/deeds`. */
export const chaosPipeline = (folder: string) =>
  definePipeline({
    name: 'chaos',
    version: 1,
    timeoutMs: 60_000,
    input: ChaosInput,
    output: z.object({ sum: z.number(), sentence: z.string().nullable(), ticket: z.string() }),
    async run(input, step) {
      const at = (place: Boundary): void => dieIf(folder, input, place);
      const deed = (what: string): void => note(`${folder}/deeds`, input.name, what);
      at('before-read');
      const numbers = await step.read('numbers', input.name, async (_input, signal) => {
        deed('read');
        at('in-read');
        if (input.readMs !== undefined) {
          await sleep(input.readMs, undefined, input.deaf ? {} : { signal }).catch((error) => {
            deed('aborted');
            throw error;
          });
        }
        return [1, 2, 3];
      });
      at('after-read');
      const sum = await step.do('sum', () => {
        at('in-do');
        return numbers.reduce((a, b) => a + b, 0);
      });
      at('after-do');
      const draft = await step.predict(describeNumber, { givenNumber: sum });
      at('after-predict');
      const ticket = await step.write('ticket', `ticket-${input.name}`, async (key) => {
        deed('write');
        at('in-write');
        return `filed ${key}`;
      });
      at('after-write');
      const output = await step.do('shape', () => ({ sum, sentence: draft?.sentence ?? null, ticket }));
      at('before-finish');
      return output;
    },
  });

/** A model that notes each answer it sells, and on which run's account. */
export const chaosPredictor = (folder: string, dieInPredict: () => void) =>
  countingPredictor((input) => {
    note(`${folder}/deeds`, 'model', 'predict');
    dieInPredict();
    return { sentence: `about ${JSON.stringify(input)}` };
  });
