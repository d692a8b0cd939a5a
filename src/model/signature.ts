import type { AxSignature } from '@ax-llm/ax';
import type { z } from 'zod';

/**
 * The typed question that one model call answers. `ax` says it to ax (built with ax's `f`, fields documented there);
 * `input` and `output` hold both ends to zod, because ax's own checks let wrong shapes through.
 */
export interface Signature<I, O> {
  /** Kebab case; also ax's program id and the recording folder. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the two zod schemas carry the types
  readonly ax: AxSignature<any, any>;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** Never empty: optimisers silently do nothing on an empty instruction. */
  readonly instruction: string;
  /** Worked examples shown before the input, most general first. Stable: they are part of the cached prompt prefix. */
  readonly demos?: readonly { readonly input: I; readonly output: O }[];
  readonly maxTokens: number;
}

export function defineSignature<I, O>(signature: Signature<I, O>): Signature<I, O> {
  return signature;
}
