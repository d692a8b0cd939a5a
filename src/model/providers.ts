import { axGetAIProfile } from '@ax-llm/ax';
import { DEFAULT_MODEL, findModel, MODELS } from './embedded/catalog.ts';
import { fullName, type Structured, type Target } from './target.ts';

export type Resolved =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'embedded'; readonly target: Target }
  | { readonly kind: 'none'; readonly reason: string };

/** A provider, answering over the network, has a minute; a small model on two cores reads 70 tokens a second. */
const NETWORK_TIMEOUT_MS = 60_000;
const EMBEDDED_TIMEOUT_MS = 240_000;

type Env = NodeJS.ProcessEnv;

interface Provider {
  /** Name in `<provider>:<model>`. */
  readonly name: string;
  readonly profile: Target['profile'];
  readonly structured: Structured;
  /** Environment variables, the first that is set counts. */
  readonly key: readonly string[];
  readonly model: readonly string[];
  readonly baseUrl?: (env: Env) => string | undefined;
  /** Whether it can be used without a key. */
  readonly keyless: boolean;
  /** Whether the environment asks for it when no model is named. */
  readonly wanted: (env: Env) => boolean;
}

const set = (env: Env, names: readonly string[]): string | undefined =>
  names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');

/** Only OpenAI's own address gets OpenAI's newest wire rules; whoever else speaks the protocol gets the common part. */
function isOwnAddress(url: string | undefined): boolean {
  if (url === undefined) return true;
  try {
    return new URL(url).hostname.endsWith('openai.com');
  } catch {
    return false;
  }
}

const PROVIDERS: readonly Provider[] = [
  {
    name: 'openai',
    profile: 'openai',
    structured: 'native',
    key: ['OPENAI_API_KEY'],
    model: ['OPENAI_MODEL'],
    baseUrl: (env) => set(env, ['OPENAI_BASE_URL']),
    keyless: false,
    wanted: (env) => set(env, ['OPENAI_API_KEY']) !== undefined && isOwnAddress(set(env, ['OPENAI_BASE_URL'])),
  },
  {
    name: 'openai-compatible',
    profile: 'openai-compatible',
    structured: 'json_object',
    key: ['OPENAI_API_KEY'],
    model: ['OPENAI_MODEL'],
    baseUrl: (env) => set(env, ['OPENAI_BASE_URL']),
    keyless: true,
    wanted: (env) => set(env, ['OPENAI_BASE_URL']) !== undefined,
  },
  {
    name: 'anthropic',
    profile: 'anthropic',
    structured: 'function',
    key: ['ANTHROPIC_API_KEY'],
    model: ['ANTHROPIC_MODEL'],
    baseUrl: (env) => set(env, ['ANTHROPIC_BASE_URL']),
    keyless: false,
    wanted: (env) => set(env, ['ANTHROPIC_API_KEY']) !== undefined,
  },
  {
    name: 'gemini',
    profile: 'google-gemini',
    structured: 'native',
    key: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    model: ['GEMINI_MODEL', 'GOOGLE_MODEL'],
    keyless: false,
    wanted: (env) => set(env, ['GEMINI_API_KEY', 'GOOGLE_API_KEY']) !== undefined,
  },
  {
    name: 'ollama',
    profile: 'openai-compatible',
    structured: 'native',
    key: ['OLLAMA_API_KEY'],
    model: ['OLLAMA_MODEL'],
    baseUrl: (env) => ollamaUrl(set(env, ['OLLAMA_HOST'])),
    keyless: true,
    // Servers of Ollama set OLLAMA_HOST, too: it counts only together with a model.
    wanted: (env) => set(env, ['OLLAMA_HOST']) !== undefined && set(env, ['OLLAMA_MODEL']) !== undefined,
  },
];

/** `OLLAMA_HOST` is a host, a host with port, or a URL; an Ollama server's own `0.0.0.0` is reached at the loopback. */
function ollamaUrl(host: string | undefined): string {
  const url = new URL(host === undefined ? 'http://127.0.0.1' : /^https?:\/\//.test(host) ? host : `http://${host}`);
  if (url.port === '' && url.protocol === 'http:') url.port = '11434';
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return `${url.href.replace(/\/+$/, '')}/v1`;
}

/**
 * Which model the environment asks for. `wish` (else `OPSLINE_MODEL`) is `none`, `embedded`, `embedded:<model>` or
 * `<provider>:<model>`; without one the first provider whose key is set, else the embedded model. With `offline` (answers come
 * from recordings) nothing needs to be there: no key, no file.
 */
export function resolveModel(env: Env, wish = set(env, ['OPSLINE_MODEL']), offline = false): Resolved {
  if (wish === 'none') return { kind: 'none', reason: 'no model is configured' };
  if (wish === 'embedded') return embedded(DEFAULT_MODEL, env);
  if (wish === undefined) {
    const provider = PROVIDERS.find(({ wanted }) => wanted(env));
    return provider === undefined ? embedded(DEFAULT_MODEL, env) : withProvider(provider, undefined, env, offline);
  }
  const colon = wish.indexOf(':');
  const name = colon < 0 ? wish : wish.slice(0, colon);
  const model = colon < 0 ? undefined : wish.slice(colon + 1).trim() || undefined;
  if (name === 'embedded') return embedded(model ?? DEFAULT_MODEL, env);
  const provider = PROVIDERS.find((one) => one.name === (name === 'google' ? 'gemini' : name));
  if (provider === undefined) {
    const known = ['none', 'embedded', ...PROVIDERS.map((one) => `${one.name}:<model>`)].join(', ');
    return { kind: 'none', reason: `the model "${wish}" names no known provider; known are ${known}` };
  }
  return withProvider(provider, model, env, offline);
}

function embedded(model: string, env: Env): Resolved {
  if (findModel(model) === undefined) {
    const known = MODELS.map(({ name }) => `embedded:${name}`).join(', ');
    return { kind: 'none', reason: `there is no embedded model "${model}"; there are ${known}` };
  }
  return {
    kind: 'embedded',
    target: {
      provider: 'embedded',
      model,
      profile: 'openai-compatible',
      baseUrl: 'http://embedded.invalid/v1',
      structured: 'native',
      timeoutMs: timeout(env, EMBEDDED_TIMEOUT_MS),
    },
  };
}

function withProvider(provider: Provider, named: string | undefined, env: Env, offline: boolean): Resolved {
  const apiKey = set(env, provider.key) ?? (offline ? 'offline' : undefined);
  const baseUrl = provider.baseUrl?.(env) ?? (offline ? 'http://offline.invalid/v1' : undefined);
  const ownAddress = provider.name !== 'openai' || isOwnAddress(baseUrl);
  if (apiKey === undefined && !provider.keyless) {
    return { kind: 'none', reason: `${provider.name} needs a key: set ${provider.key[0]}` };
  }
  if (provider.name === 'openai-compatible' && baseUrl === undefined) {
    return { kind: 'none', reason: 'openai-compatible needs an address: set OPENAI_BASE_URL' };
  }
  const model = named ?? set(env, provider.model) ?? profileModel(provider.profile);
  if (model === undefined) {
    return { kind: 'none', reason: `${provider.name} needs a model: set ${provider.model[0]} or OPSLINE_MODEL` };
  }
  return {
    kind: 'target',
    target: {
      provider: provider.name,
      model,
      profile: ownAddress ? provider.profile : 'openai-compatible',
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
      structured: structuredMode(env) ?? (ownAddress ? provider.structured : 'json_object'),
      timeoutMs: timeout(env, NETWORK_TIMEOUT_MS),
    },
  };
}

/** ax's own choice for a provider whose models it knows. */
function profileModel(profile: Target['profile']): string | undefined {
  const known = axGetAIProfile(profile);
  return 'defaultModel' in known ? known.defaultModel || undefined : undefined;
}

function structuredMode(env: Env): Structured | undefined {
  const mode = set(env, ['OPSLINE_STRUCTURED_OUTPUT']);
  return mode === 'native' || mode === 'function' || mode === 'json_object' ? mode : undefined;
}

function timeout(env: Env, otherwise: number): number {
  const seconds = Number(set(env, ['OPSLINE_MODEL_TIMEOUT']));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : otherwise;
}

/** The full name of what the environment asks for, or `none`. */
export function resolvedName(resolved: Resolved): string {
  return resolved.kind === 'none' ? 'none' : fullName(resolved.target);
}
