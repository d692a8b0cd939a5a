import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

let known: string | undefined;

/**
 * What code this process runs: `OPSLINE_REVISION` where it is set (a release's commit), else a digest over the sources
 * of pipelines, signatures and `src`, so that an edit during development counts as other code too.
 */
export function codeRevision(): string {
  known ??= process.env.OPSLINE_REVISION || digestOfSources(fileURLToPath(new URL('../../', import.meta.url)));
  return known;
}

function digestOfSources(root: string): string {
  const hash = createHash('sha256');
  for (const folder of ['pipelines', 'signatures', 'src']) {
    for (const file of filesIn(root, folder))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, file)));
  }
  return `sources:${hash.digest('hex').slice(0, 16)}`;
}

function filesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();
  } catch {
    return [];
  }
}
