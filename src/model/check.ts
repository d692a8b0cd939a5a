import { byStatus } from './classify.ts';
import { resolveModel } from './providers.ts';
import { fullName, type Target } from './target.ts';

export interface ProviderCheck {
  /** `<provider>:<model>`, or `none`. */
  readonly model: string;
  readonly ok: boolean;
  /** One line: what answered in what time, or why not. Never a key. */
  readonly detail: string;
}

const TIMEOUT_MS = 20_000;

/** Addresses at which providers speak OpenAI's protocol, for those whose own is another. */
const OPENAI_ADDRESS: Readonly<Record<string, string>> = {
  anthropic: 'https://api.anthropic.com/v1/',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai/',
};

/** Makes one real call to the provider that the environment asks for. The embedded model is no provider. */
export async function checkProvider(env: NodeJS.ProcessEnv, wish?: string): Promise<ProviderCheck> {
  const resolved = resolveModel(env, wish);
  if (resolved.kind === 'none') return { model: 'none', ok: false, detail: resolved.reason };
  const { target } = resolved;
  const model = fullName(target);
  if (resolved.kind === 'embedded') return { model, ok: true, detail: 'runs on this machine, without a provider' };
  const started = performance.now();
  try {
    const client = await clientFor(target);
    await client.chat.completions.create({
      model: target.model,
      messages: [{ role: 'user', content: 'Reply with: ready' }],
    });
    return { model, ok: true, detail: `answered in ${((performance.now() - started) / 1000).toFixed(1)} s` };
  } catch (error) {
    return { model, ok: false, detail: await reasonOf(error, target) };
  }
}

/** The models that the provider offers, by its own names, sorted. Throws an `Error` with the reason. */
export async function listProviderModels(env: NodeJS.ProcessEnv, wish?: string): Promise<string[]> {
  const resolved = resolveModel(env, wish);
  if (resolved.kind !== 'target')
    throw new Error(resolved.kind === 'none' ? resolved.reason : 'the embedded model has no provider');
  try {
    const client = await clientFor(resolved.target);
    const names: string[] = [];
    for await (const { id } of client.models.list()) names.push(id);
    return names.toSorted();
  } catch (error) {
    throw new Error(await reasonOf(error, resolved.target), { cause: error });
  }
}

async function clientFor({ provider, apiKey, baseUrl }: Target) {
  const { OpenAI } = await import('openai');
  // Anthropic's own address has no version in it.
  const given = provider === 'anthropic' && baseUrl !== undefined ? `${baseUrl.replace(/\/+$/, '')}/v1/` : baseUrl;
  const address = given ?? OPENAI_ADDRESS[provider];
  return new OpenAI({
    // Servers without keys still get a header from the SDK; it refuses to start without a value.
    apiKey: apiKey ?? 'none',
    ...(address === undefined ? {} : { baseURL: address }),
    maxRetries: 1,
    timeout: TIMEOUT_MS,
  });
}

async function reasonOf(error: unknown, target: Target): Promise<string> {
  const { APIConnectionError, APIConnectionTimeoutError, APIError } = await import('openai');
  if (error instanceof APIConnectionTimeoutError)
    return `${target.provider} did not answer within ${TIMEOUT_MS / 1000} s`;
  if (error instanceof APIConnectionError) return `${target.provider} cannot be reached`;
  if (error instanceof APIError && typeof error.status === 'number') {
    return byStatus(error.status, { provider: target.provider, model: fullName(target) }).message;
  }
  return `${target.provider} sent something that is no answer`;
}
