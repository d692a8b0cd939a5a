import type { Analyzer } from '../analyzer.ts';
import { oomKilled } from './oom-killed.ts';
import { probes } from './probes.ts';

export const running: readonly Analyzer[] = [oomKilled, ...probes];
