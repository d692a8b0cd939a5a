import { f } from '@ax-llm/ax';
import { z } from 'zod';
import type { PredictContext } from '../../../src/model/predictor.ts';
import { defineSignature } from '../../../src/model/signature.ts';

const Answer = z.strictObject({
  causeKind: z.enum(['image-pull', 'out-of-memory']),
  steps: z.array(z.strictObject({ text: z.string().min(1), note: z.string().optional() })).min(1),
  caveat: z.string().optional(),
});

/** A signature with a class, nested objects and optional fields at both depths. */
export const nameCause = defineSignature({
  name: 'name-cause',
  ax: f()
    .description('Name the cause of a failed deploy.')
    .input('findings', f.string('One finding').array())
    .input('logLines', f.string('Log lines'))
    .output('causeKind', f.class(['image-pull', 'out-of-memory'], 'The cause'))
    .output(
      'steps',
      f.object({ text: f.string('What to do'), note: f.string('A note').optional() }).array('Next steps'),
    )
    .output('caveat', f.string('A caveat').optional())
    .build(),
  input: z.object({ findings: z.array(z.string()), logLines: z.string() }),
  output: Answer,
  instruction: 'Use only the findings.',
  maxTokens: 300,
});

export const input = { findings: ['Back-off pulling image'], logLines: 'manifest unknown' };
export const good = { causeKind: 'image-pull' as const, steps: [{ text: 'Push the tag.' }] };

/** Flat outputs only: what ax would ask for in text mode. */
export const editManifest = defineSignature({
  name: 'edit-manifest',
  ax: f()
    .input('manifestYaml', f.string('A manifest'))
    .output('patchedYaml', f.string('The manifest'))
    .output('noteText', f.string('A note'))
    .build(),
  input: z.object({ manifestYaml: z.string() }),
  output: z.object({ patchedYaml: z.string().min(1), noteText: z.string() }),
  instruction: 'Change as little as possible.',
  maxTokens: 200,
});

export function context(signal: AbortSignal = AbortSignal.timeout(20_000), runId = 'run_test'): PredictContext {
  return { runId, step: 'ask', signal };
}
