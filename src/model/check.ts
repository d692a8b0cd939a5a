import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { systemCode } from './fetch/system-code.ts';
import { type Endpoint, listAddress } from './providers.ts';

/** What a provider said of itself before any model was asked. */
export interface ProviderCheck {
  readonly ok: boolean;
  /** One line, never with a key: whether it answers, takes the key and has the model. */
  readonly detail: string;
  /** The one command that mends what is wrong; absent when nothing is. */
  readonly mend?: string;
}

/** Why a provider does not say which models it has. `message` is a reason for a person and holds no key. */
export class NoModelList extends Error {
  readonly mend: string;

  constructor(reason: string, mend: string) {
    super(reason);
    this.name = 'NoModelList';
    this.mend = mend;
  }
}

const TIMEOUT_MS = 20_000;
const WITHOUT_NETWORK = 'export OPSLINE_MODEL=embedded';

/**
 * Asks a provider which models it has, and so whether it can be reached, takes the key and has `model` (undefined when none is
 * chosen yet). Never throws; costs no tokens.
 */
export async function checkProvider(endpoint: Endpoint, model: string | undefined): Promise<ProviderCheck> {
  let names: string[];
  try {
    names = await listProviderModels(endpoint);
  } catch (error) {
    if (!(error instanceof NoModelList)) throw error;
    return { ok: false, detail: error.message, mend: error.mend };
  }
  const key = endpoint.apiKey === undefined ? 'asks for no key' : 'takes the key';
  const known = `${where(endpoint)} answers, ${key} and has ${names.length === 1 ? 'one model' : `${names.length} models`}`;
  const listed = model !== undefined && names.some((name) => name === model || name === `${model}:latest`);
  if (listed) return { ok: true, detail: `${known}, ${model} among them` };
  const near = nearest(model ?? '', names);
  const offer = model === undefined ? names.slice(0, 3) : near;
  const hint = offer.length === 0 ? '' : ` (there ${offer.length === 1 ? 'is' : 'are'} ${offer.join(', ')})`;
  const lack = model === undefined ? 'none is chosen' : 'but not the chosen one';
  return { ok: false, detail: `${known}, ${lack}${hint}`, mend: mendModel(endpoint, model, offer[0]) };
}

/** Only names that a shell takes for one word stand in a command that somebody may copy. */
const ONE_WORD = /^[\w.:/@+][\w.:/@+-]*$/;

function mendModel({ provider, variables }: Endpoint, model: string | undefined, offer: string | undefined): string {
  if (provider === 'ollama' && model !== undefined && ONE_WORD.test(model)) return `ollama pull ${model}`;
  if (offer === undefined || !ONE_WORD.test(offer)) return 'opsline model ls';
  return model === undefined ? `export ${variables.model}=${offer}` : `export OPSLINE_MODEL=${provider}:${offer}`;
}

/** https://platform.openai.com/docs/api-reference/models/list */
const ModelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/**
 * The models that a provider offers, by its own names, sorted; without names that cannot be typed or would steer a terminal.
 * Throws `NoModelList`.
 */
export async function listProviderModels(endpoint: Endpoint): Promise<string[]> {
  const { OpenAI } = await import('openai');
  const { apiKey } = endpoint;
  const address = listAddress(endpoint);
  if (address === undefined) throw new NoModelList(`${endpoint.provider} does not list its models`, WITHOUT_NETWORK);
  const client = new OpenAI({
    baseURL: address,
    // The SDK does not start without a value; where there is no key, no header is sent.
    apiKey: apiKey ?? 'none',
    ...(apiKey === undefined ? { defaultHeaders: { authorization: null } } : {}),
    // Not from the environment: they belong to OpenAI, and the server may be another one.
    organization: null,
    project: null,
    maxRetries: 1,
    timeout: TIMEOUT_MS,
    logLevel: 'off',
  });
  try {
    // `client.models.list()` would take any answer for a list without models.
    const { data } = ModelList.parse(await client.get<unknown>('/models'));
    return data
      .map(({ id }) => id.replace(/^models\//, ''))
      .filter((id) => /^[\x21-\x7e]{1,200}$/.test(id))
      .toSorted();
  } catch (error) {
    throw await noList(error, endpoint);
  }
}

async function noList(error: unknown, endpoint: Endpoint): Promise<NoModelList> {
  const { APIConnectionError, APIConnectionTimeoutError, APIError } = await import('openai');
  const { apiKey, variables } = endpoint;
  const at = where(endpoint);
  if (error instanceof APIConnectionTimeoutError)
    return new NoModelList(`${at} did not answer within ${TIMEOUT_MS / 1000} s`, mendReach(endpoint));
  if (error instanceof APIConnectionError)
    return new NoModelList(`${at} cannot be reached (${systemCode(error)})`, mendReach(endpoint));
  const status = error instanceof APIError && typeof error.status === 'number' ? error.status : undefined;
  if (status === 401 || status === 403) {
    const what = apiKey === undefined ? 'asks for a key' : 'refuses the key';
    return new NoModelList(`${at} ${what} (HTTP ${status})`, `export ${variables.key}=…`);
  }
  if (status === 429) return new NoModelList(`${at} is rate limiting (HTTP 429)`, WITHOUT_NETWORK);
  if (status !== undefined && status >= 500) return new NoModelList(`${at} failed (HTTP ${status})`, WITHOUT_NETWORK);
  const said = status === undefined ? 'something else than a list of models' : `HTTP ${status}`;
  return new NoModelList(`${at} does not list its models (${said})`, mendAddress(endpoint));
}

/** Ollama on this machine is started; any other address must be given, or done without. */
function mendReach(endpoint: Endpoint): string {
  const host = hostOf(endpoint);
  if (endpoint.provider === 'ollama' && /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host)) return 'ollama serve';
  return endpoint.baseUrl === undefined ? WITHOUT_NETWORK : mendAddress(endpoint);
}

function mendAddress({ variables, baseUrl }: Endpoint): string {
  if (variables.address === undefined || baseUrl === undefined) return WITHOUT_NETWORK;
  return `export ${variables.address}=…`;
}

/** Name and host; of an address no more than that, because it may hold a password or a token. */
function where(endpoint: Endpoint): string {
  return `${endpoint.provider} at ${hostOf(endpoint)}`;
}

function hostOf(endpoint: Endpoint): string {
  return new URL(listAddress(endpoint) ?? 'http://unknown.invalid').host;
}
