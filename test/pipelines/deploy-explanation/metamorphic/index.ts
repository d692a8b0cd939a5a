import type { Change } from './case.ts';
import { forms } from './form.ts';
import { losses } from './loss.ts';
import { noises } from './noise.ts';
import { printed } from './printed.ts';
import { recordings } from './recording.ts';
import { renames } from './rename.ts';
import { times } from './time.ts';
import { versions } from './versions.ts';

/** Every change after which an answer must stand. */
export const changes: readonly Change[] = [
  ...renames,
  ...noises,
  ...times,
  ...forms,
  ...printed,
  ...losses,
  ...versions,
  ...recordings,
];
