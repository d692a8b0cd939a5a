import { f } from '@ax-llm/ax';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { defineSignature } from '../../model/signature.ts';
import type { Finding } from './check.ts';

/** Long enough to load a small model from a slow disk and let it write one word. */
const LIMIT_MS = 120_000;

const sayReady = defineSignature({
  name: 'say-ready',
  ax: f().input('wantedWord', f.string('The word to say')).output('spokenWord', f.string('That word')).build(),
  input: z.object({ wantedWord: z.string() }),
  output: z.object({ spokenWord: z.string().min(1) }),
  instruction: 'Say the wanted word and nothing else.',
  maxTokens: 32,
});

/** Asks the configured model one real question. */
export async function checkModel(config: Config): Promise<Finding> {
  const name = 'model';
  const { createPredictor } = await import('../../model/create.ts');
  const env = config.model === undefined ? process.env : { ...process.env, OPSLINE_MODEL: config.model };
  // Someone who named a model needs it; without one, rules are an answer too.
  const bad = config.model === undefined || config.model === 'none' ? 'optional' : 'missing';
  const started = performance.now();
  let predictor: Awaited<ReturnType<typeof createPredictor>> | undefined;
  try {
    predictor = await createPredictor(env);
    const { model } = predictor;
    if (model === 'none') return { name, state: 'optional', detail: 'none: every pipeline answers from its rules' };
    const answer = await predictor.predict(
      sayReady,
      { wantedWord: 'ready' },
      { runId: 'doctor', step: 'say-ready', signal: AbortSignal.timeout(LIMIT_MS) },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (answer.ok) return { name, state: 'ok', detail: `${model} answered in ${seconds} s` };
    return { name, state: bad, detail: `${model}: ${answer.reason}`, mend: mendFor(model) };
  } catch (error) {
    return { name, state: bad, detail: (error as Error).message, mend: mendFor(config.model ?? 'embedded') };
  } finally {
    await predictor?.close();
  }
}

/** Fetch the file, give the key, or else use what needs neither key nor network. */
function mendFor(model: string): string {
  if (model.startsWith('embedded')) return 'opsline model pull';
  const key = `${model.split(':')[0]?.toUpperCase().replaceAll('-', '_')}_API_KEY`;
  const given = process.env[key] !== undefined && process.env[key] !== '';
  return given ? 'export OPSLINE_MODEL=embedded' : `export ${key}=…`;
}
