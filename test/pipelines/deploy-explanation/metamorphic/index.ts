import type { Change } from './case.ts';
import { descriptions } from './described.ts';
import { fileNames } from './files.ts';
import { forms } from './form.ts';
import { identities } from './identities.ts';
import { losses } from './loss.ts';
import { noises } from './noise.ts';
import { objectForms } from './objects.ts';
import { printed } from './printed.ts';
import { recordings } from './recording.ts';
import { renames } from './rename.ts';
import { stamps } from './stamps.ts';
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
  ...descriptions,
  ...fileNames,
  ...identities,
  ...objectForms,
  ...stamps,
];
