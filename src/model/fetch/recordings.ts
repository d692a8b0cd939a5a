import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/**
 * Answers kept in a folder, one JSON file per request digest, one folder per signature. Only usable answers (HTTP 200) are
 * kept. Throws `recording-missing`.
 */
export function recordings({ mode, folder }: { mode: RecordingMode; folder: string }): Link {
  if (mode === 'live') return (next) => next;
  return (next) => async (request, exchange) => {
    const { signature, model } = exchange;
    const name = digest({ model, request: request.body });
    const path = join(folder, signature, `${name}.json`);
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
