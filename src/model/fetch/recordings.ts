import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { digest } from '../../digest.ts';
import { OpslineError } from '../../errors.ts';
import type { Link, ModelResponse } from './chain.ts';

/**
 * `live` neither reads nor writes; `record` answers from recordings and writes only what is missing; `replay` never asks the
 * model, and a missing recording is an error.
 */
export type RecordingMode = 'live' | 'record' | 'replay';

const Recording = z.object({
  schema: z.literal(1),
  signature: z.string(),
  model: z.string(),
  /** As it was sent, redacted: what a person reads to see what was asked. */
  request: z.record(z.string(), z.unknown()),
  response: z.record(z.string(), z.unknown()),
});
type Recording = z.infer<typeof Recording>;

export interface RecordingOptions {
  readonly mode: RecordingMode;
  readonly folder: string;
  /** Gets the path of every recording that was asked for, there or not, relative to the folder. */
  readonly asked?: Set<string>;
}

/**
 * Answers kept in a folder, one JSON file per request digest, one folder per signature. Only usable answers (HTTP 200) are
 * kept. Throws `recording-missing`.
 */
export function recordings({ mode, folder, asked }: RecordingOptions): Link {
  if (mode === 'live') return (next) => next;
  return (next) => async (request, exchange) => {
    const { signature, model } = exchange;
    const name = digest({ model, request: request.body });
    const path = join(folder, signature, `${name}.json`);
    asked?.add(relative(folder, path));
    const known = await read(path);
    if (known !== undefined) {
      exchange.seen.recorded += 1;
      return answer(known.response);
    }
    if (mode === 'replay') {
      throw new OpslineError(
        'recording-missing',
        `No recording ${signature}/${name}.json in ${folder} answers this request to ${model}. Record it with: opsline eval --record`,
      );
    }
    const response = await next(request, exchange);
    if (response.status === 200 && isObject(response.body)) {
      await write(path, { schema: 1, signature, model, request: request.body, response: response.body });
    }
    return response;
  };
}

/**
 * Recordings in a folder that were not asked for, as paths relative to it, sorted: with `model` only those of that model.
 * What cannot be read as a recording answers nothing, and counts.
 */
export async function unusedRecordings(folder: string, asked: ReadonlySet<string>, model?: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const unused = names.filter((name) => name.endsWith('.json') && !asked.has(name)).sort();
  if (model === undefined) return unused;
  const of = await Promise.all(
    unused.map(async (name) => (await read(join(folder, name)).catch(() => undefined))?.model),
  );
  return unused.filter((_, index) => of[index] === undefined || of[index] === model);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function answer(body: unknown): ModelResponse {
  return { status: 200, headers: new Headers(), body };
}

async function read(path: string): Promise<Recording | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = Recording.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new OpslineError('recording-missing', `${path} is no recording. Remove it and record it again.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Written beside its place and moved: a reader never sees half a file, and two writers write the same. */
async function write(path: string, recording: Recording): Promise<void> {
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(temporary, `${JSON.stringify(recording, null, 2)}\n`);
  await rename(temporary, path);
}
