import type { z } from 'zod';
import { type Issue, OpslineError } from '../errors.ts';

/** One value (an input, a read, an answer, a written result, an output) may have this many bytes of JSON. */
export const MAX_VALUE_BYTES = 8 * 1024 * 1024;
/** All values that one run keeps may have this many bytes of JSON together. */
const MAX_RUN_BYTES = 32 * 1024 * 1024;

/** A value as JSON says it: the text that is stored, and what a reader of that text gets back. */
export interface Json {
  readonly text: string;
  readonly value: unknown;
}

/**
 * JSON text whose strings can be written as UTF-8: half a surrogate pair, as cutting a text or a hostile request leaves it,
 * becomes the replacement character. `JSON.stringify` writes such halves as escapes, and nothing else of that range.
 */
function wellFormed(text: string): string {
  if (!text.includes('\\ud')) return text;
  return text.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd');
}

/**
 * Passes a value through JSON, so that code sees on first execution exactly what it would see after a crash (no `Date`,
 * no `undefined`, no class). `part` names the value in the error when it is larger than {@link MAX_VALUE_BYTES}.
 */
export function toJson(value: unknown, part: string): Json {
  const text = wellFormed(JSON.stringify(value) ?? 'null');
  requireSize(text, part);
  return { text, value: JSON.parse(text) };
}

/** With one decimal, upwards, so that too much never looks like just enough. */
const megabytes = (bytes: number): number => Math.ceil((bytes / 1_048_576) * 10) / 10;

function requireSize(text: string, part: string): void {
  // A UTF-16 unit takes at most three bytes of UTF-8: only a long text needs counting.
  if (text.length * 3 <= MAX_VALUE_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VALUE_BYTES) {
    throw new OpslineError(
      'payload-too-large',
      `${part} is too large: ${megabytes(bytes)} MiB, and at most ${megabytes(MAX_VALUE_BYTES)} MiB are kept of one value. Give less in one run.`,
    );
  }
}

/** Throws `payload-too-large` naming `part` when a run would keep more than {@link MAX_RUN_BYTES} with it. */
export function requireRunSize(bytes: number, part: string): void {
  if (bytes > MAX_RUN_BYTES) {
    throw new OpslineError(
      'payload-too-large',
      `With ${part} the run would keep ${megabytes(bytes)} MiB; at most ${megabytes(MAX_RUN_BYTES)} MiB are kept of one run. Give less in one run.`,
    );
  }
}

/** zod's issues as a user reads them: a path such as `board.id` and what is wrong there. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
}

/** One line that names the first few issues. */
export function issueLine(error: z.ZodError): string {
  const shown = issuesOf(error)
    .slice(0, 3)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
