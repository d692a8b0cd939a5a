import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OpslineError } from '../errors.ts';
import type { AnySuite } from './suite.ts';

/**
 * The suites below a folder: each `<folder>/<name>/suite.ts` (or `.js` once compiled) exports one as `suite`. With `names`
 * only those. Throws `invalid-input` that lists what there is when a name is unknown.
 */
export async function findSuites(folder: string, names: readonly string[]): Promise<AnySuite[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new OpslineError('invalid-input', `${folder} cannot be read; give the folder of your suites with --suites.`, {
      cause,
    });
  });
  const found = new Map<string, string>();
  for (const entry of entries.filter((each) => each.isDirectory())) {
    for (const file of ['suite.ts', 'suite.js']) {
      const path = join(folder, entry.name, file);
      if (!found.has(entry.name) && (await readable(path))) found.set(entry.name, path);
    }
  }
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length > 0 || found.size === 0) {
    const known = found.size === 0 ? 'none' : [...found.keys()].sort().join(', ');
    throw new OpslineError('invalid-input', `No suite ${unknown.join(', ')} in ${folder}. There is: ${known}.`);
  }
  const wanted = [...found].filter(([name]) => names.length === 0 || names.includes(name)).sort();
  return Promise.all(wanted.map(([, path]) => load(path)));
}

async function load(path: string): Promise<AnySuite> {
  const { suite } = (await import(pathToFileURL(path).href)) as { suite?: AnySuite };
  if (suite === undefined) throw new OpslineError('invalid-input', `${path} does not export a suite named "suite".`);
  return suite;
}

async function readable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
