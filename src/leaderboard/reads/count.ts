import { scripts } from '../scripts.ts';
import type { Read } from './read.ts';

/** How many entries a window has. */
export const count: Read<{ readonly count: number }> = {
  script: scripts.count,
  keys: ({ window }, keys) => [keys.entries(window.id)],
  args: () => [],
  answer: (_, reply) => ({ count: (reply as [number])[0] }),
};
