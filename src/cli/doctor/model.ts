import { f } from '@ax-llm/ax';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { checkProvider, type ProviderCheck } from '../../model/check.ts';
import { createPredictor } from '../../model/create.ts';
import {
  type Endpoint,
  listAddress,
  type Resolved,
  requireModel,
  resolveEndpoint,
  resolveModel,
} from '../../model/providers.ts';
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

/**
 * Asks the configured model one real question, and its provider, where it can be asked, whether it takes the key and has the
 * model: the question shows that something is wrong, the provider what. Throws `invalid-input` for a model that was `named` to
 * the doctor and is none.
 */
export async function checkModel(config: Config, named: boolean): Promise<Finding[]> {
  const env = config.model === undefined ? process.env : { ...process.env, OPSLINE_MODEL: config.model };
  const resolved = resolveModel(env);
  if (named && resolved.kind === 'none' && resolved.why === 'unknown-name') requireModel(env);
  const endpoint = resolveEndpoint(env);
  // Whoever named a model or a provider needs it; without one, rules are an answer too.
  const wanted = config.model !== undefined || endpoint !== undefined;
  const asked = wanted || (resolved.kind === 'none' && resolved.why !== 'off');
  const bad = asked ? 'missing' : 'optional';
  const model = resolved.kind === 'target' ? resolved.target.model : undefined;
  const [answer, check] = await Promise.all([
    ask(env, resolved),
    endpoint !== undefined && listAddress(endpoint) !== undefined ? checkProvider(endpoint, model) : undefined,
  ]);
  const provider = check === undefined ? [] : [providerFinding(check, answer.ok, bad)];
  if (answer.ok) return [...provider, { name: 'model', state: answer.state, detail: answer.detail }];
  const mend = answer.mend ?? check?.mend ?? mendFor(answer.detail, endpoint);
  return [...provider, { name: 'model', state: bad, detail: answer.detail, mend }];
}

/** A list that is refused does no harm where the model itself answers: keys may be limited to that. */
function providerFinding({ ok, detail, mend }: ProviderCheck, answers: boolean, bad: Finding['state']): Finding {
  if (ok || answers) return { name: 'provider', state: ok ? 'ok' : 'optional', detail };
  return { name: 'provider', state: bad, detail, ...(mend === undefined ? {} : { mend }) };
}

type Answer =
  | { readonly ok: true; readonly state: 'ok' | 'optional'; readonly detail: string }
  | { readonly ok: false; readonly detail: string; readonly mend?: string };

async function ask(env: NodeJS.ProcessEnv, resolved: Resolved): Promise<Answer> {
  if (resolved.kind === 'none') {
    const { why, reason, mend } = resolved;
    if (why === 'off') return { ok: true, state: 'optional', detail: 'none: every pipeline answers from its rules' };
    return { ok: false, detail: reason, ...(mend === undefined ? {} : { mend }) };
  }
  const started = performance.now();
  let predictor: Awaited<ReturnType<typeof createPredictor>> | undefined;
  try {
    predictor = await createPredictor(env);
    const answer = await predictor.predict(
      sayReady,
      { wantedWord: 'ready' },
      { runId: 'doctor', step: 'say-ready', signal: AbortSignal.timeout(LIMIT_MS) },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (answer.ok) return { ok: true, state: 'ok', detail: `${predictor.model} answered in ${seconds} s` };
    return { ok: false, ...withMend(answer.reason) };
  } catch (error) {
    return { ok: false, ...withMend((error as Error).message) };
  } finally {
    await predictor?.close();
  }
}

/** Reasons may end with the command that mends them; the doctor does not send people to itself. */
function withMend(reason: string): { detail: string; mend?: string } {
  const variables = /^(OPSLINE_[A-Z_]+(?:, OPSLINE_[A-Z_]+)*) must be/.exec(reason)?.[1];
  if (variables !== undefined) return { detail: reason, mend: `unset ${variables.replaceAll(',', '')}` };
  const [detail = reason, mend] = reason.split(/\. \w+ it with: /);
  return mend === undefined || mend === 'opsline doctor' ? { detail } : { detail, mend };
}

function mendFor(reason: string, endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return 'export OPSLINE_MODEL=none';
  return reason.includes('refuses the key') ? `export ${endpoint.variables.key}=…` : 'export OPSLINE_MODEL=embedded';
}
