import type { Analyzer } from './analyzer.ts';
import { running } from './running/index.ts';
import { startup } from './startup/index.ts';

/** Every analyzer, by stage. `docs/failure-kinds.md` is generated from this list. */
export const analyzers: readonly Analyzer[] = [...startup, ...running];
