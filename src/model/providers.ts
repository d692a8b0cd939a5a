import { axGetAIProfile } from '@ax-llm/ax';
import { OpslineError } from '../errors.ts';
import { DEFAULT_MODEL, findModel, MODELS } from './embedded/catalog.ts';
import { redact } from './redaction.ts';
import { fullName, type Structured, type Target } from './target.ts';

/** No model, and why; `mend` is the one command that changes it. */
interface NoModel {
  readonly kind: 'none';
  readonly why: 'off' | 'unknown-name' | 'not-set-up';
  readonly reason: string;
  readonly mend?: string;
}

export type Resolved =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'embedded'; readonly target: Target }
  | NoModel;

/** What can be asked which models it has; known before one of them is chosen. */
export type Endpoint = Pick<Target, 'provider' | 'baseUrl' | 'apiKey'> & {
  /** Environment variables that say where it is, with which key and which model; of several names the one in use. */
  readonly variables: { readonly address?: string; readonly key: string; readonly model: string };
};

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
  readonly address?: string;
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
    address: 'OPENAI_BASE_URL',
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
    address: 'OPENAI_BASE_URL',
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
    address: 'ANTHROPIC_BASE_URL',
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
    address: 'OLLAMA_HOST',
    baseUrl: (env) => ollamaUrl(set(env, ['OLLAMA_HOST'])),
    keyless: true,
    // Servers of Ollama set OLLAMA_HOST, too: it counts only together with a model.
    wanted: (env) => set(env, ['OLLAMA_HOST']) !== undefined && set(env, ['OLLAMA_MODEL']) !== undefined,
  },
];

function isAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** `OLLAMA_HOST` is a host, a host with port, or a URL; an Ollama server's own `0.0.0.0` is reached at the loopback. */
function ollamaUrl(host: string | undefined): string {
  const given = host === undefined ? 'http://127.0.0.1' : /^https?:\/\//.test(host) ? host : `http://${host}`;
  if (!URL.canParse(given)) return given;
  const url = new URL(given);
  if (url.port === '' && url.protocol === 'http:') url.port = '11434';
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return `${url.href.replace(/\/+$/, '')}/v1`;
}

type Choice =
  | { readonly kind: 'embedded'; readonly model: string }
  | { readonly kind: 'provider'; readonly provider: Provider; readonly model?: string | undefined }
  | NoModel;

function choose(env: Env, wish: string | undefined): Choice {
  if (wish === 'none') return { kind: 'none', why: 'off', reason: 'no model is configured' };
  if (wish === undefined) {
    const provider = PROVIDERS.find(({ wanted }) => wanted(env));
    return provider === undefined ? { kind: 'embedded', model: DEFAULT_MODEL } : { kind: 'provider', provider };
  }
  const colon = wish.indexOf(':');
  const name = colon < 0 ? wish : wish.slice(0, colon);
  const model = colon < 0 ? undefined : wish.slice(colon + 1).trim() || undefined;
  if (name === 'embedded') return { kind: 'embedded', model: model ?? DEFAULT_MODEL };
  const provider = PROVIDERS.find((one) => one.name === (name === 'google' ? 'gemini' : name));
  if (provider !== undefined) return { kind: 'provider', provider, model };
  const known = ['none', 'embedded', ...PROVIDERS.map((one) => `${one.name}:<model>`)].join(', ');
  const reason = `the model "${shown(wish)}" names no known provider; known are ${known}`;
  return { kind: 'none', why: 'unknown-name', reason, mend: 'export OPSLINE_MODEL=embedded' };
}

/** A name as given, without what looks like a key that was pasted into the wrong place. */
function shown(name: string): string {
  return redact(name.slice(0, 100)).value;
}

/**
 * Which model the environment asks for. `wish` (else `OPSLINE_MODEL`) is `none`, `embedded`, `embedded:<model>` or
 * `<provider>:<model>`; without one the first provider whose key is set, else the embedded model. With `offline` (answers come
 * from recordings) nothing needs to be there: no key, no file.
 */
export function resolveModel(env: Env, wish = set(env, ['OPSLINE_MODEL']), offline = false): Resolved {
  const choice = choose(env, wish);
  if (choice.kind === 'none') return choice;
  if (choice.kind === 'embedded') return embedded(choice.model, env);
  return withProvider(choice.provider, choice.model, env, offline);
}

/**
 * As `resolveModel`, for whoever is about to use the model. Throws `invalid-input`, which says what is allowed, when a model
 * was named and nothing is called so, or its key or address is not set: a wrong name must not pass for a model that is down.
 */
export function requireModel(env: Env, wish = set(env, ['OPSLINE_MODEL']), offline = false): Resolved {
  const resolved = resolveModel(env, wish, offline);
  if (resolved.kind === 'none' && resolved.why !== 'off' && wish !== undefined)
    throw new OpslineError('invalid-input', `The model cannot be used: ${resolved.reason}.`);
  return resolved;
}

/** The provider that the environment asks for, where it can be reached without a model; undefined for any other choice. */
export function resolveEndpoint(env: Env, wish = set(env, ['OPSLINE_MODEL'])): Endpoint | undefined {
  const choice = choose(env, wish);
  if (choice.kind !== 'provider') return undefined;
  const { name, key, model, address, keyless, baseUrl } = choice.provider;
  const [apiKey, url] = [set(env, key), baseUrl?.(env)];
  if ((apiKey === undefined && !keyless) || (name === 'openai-compatible' && url === undefined)) return undefined;
  if (url !== undefined && !isAddress(url)) return undefined;
  const inUse = (names: readonly string[]): string =>
    names.find((one) => set(env, [one]) !== undefined) ?? names[0] ?? '';
  return {
    provider: name,
    ...(url === undefined ? {} : { baseUrl: url }),
    ...(apiKey === undefined ? {} : { apiKey }),
    variables: { key: inUse(key), model: inUse(model), ...(address === undefined ? {} : { address }) },
  };
}

/** Where providers list their models by OpenAI's protocol, when their address is not set. */
const LIST_ADDRESS: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
};

/** The address at which a provider lists its models by OpenAI's protocol; undefined for one that speaks another. */
export function listAddress({ provider, baseUrl }: Endpoint): string | undefined {
  return provider === 'anthropic' ? undefined : (baseUrl ?? LIST_ADDRESS[provider]);
}

function embedded(model: string, env: Env): Resolved {
  if (findModel(model) === undefined) {
    const known = MODELS.map(({ name }) => `embedded:${name}`).join(', ');
    const reason = `there is no embedded model "${shown(model)}"; there are ${known}`;
    return { kind: 'none', why: 'unknown-name', reason, mend: 'export OPSLINE_MODEL=embedded' };
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
    const [key] = provider.key;
    const reason = `${provider.name} needs a key: set ${key}`;
    return { kind: 'none', why: 'not-set-up', reason, mend: `export ${key}=…` };
  }
  if (provider.name === 'openai-compatible' && baseUrl === undefined) {
    const reason = 'openai-compatible needs an address: set OPENAI_BASE_URL';
    return { kind: 'none', why: 'not-set-up', reason, mend: 'export OPENAI_BASE_URL=…' };
  }
  if (baseUrl !== undefined && !isAddress(baseUrl)) {
    const reason = `${provider.name} needs an address: ${provider.address} holds none`;
    return { kind: 'none', why: 'not-set-up', reason, mend: `export ${provider.address}=…` };
  }
  const model = named ?? set(env, provider.model) ?? profileModel(provider.profile);
  if (model === undefined) {
    const [variable] = provider.model;
    const reason = `${provider.name} needs a model: set ${variable} or OPSLINE_MODEL`;
    return { kind: 'none', why: 'not-set-up', reason, mend: `export ${variable}=…` };
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
