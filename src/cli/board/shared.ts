import { Option } from 'commander';

/** Flags of every `opsline board` command; `window` where one is read. */
export interface BoardFlags {
  readonly server?: string;
  readonly output: 'text' | 'json';
  readonly window: string;
}

export function windowOption(): Option {
  return new Option(
    '--window <window>',
    'all, day:2026-11-23, week:2026-W48, season:winter …, or a kind such as day for the present one',
  ).default('all');
}
