import type { ExplainRequest } from '../../pipelines/deploy-explanation/schema.ts';

/** What a notification leads to: a run, known by a key that its repetitions share, or none. */
export type Trouble =
  | { readonly key: readonly string[]; readonly input: ExplainRequest }
  | { readonly skipped: string };
