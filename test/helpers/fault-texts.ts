import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../faults');

/** Texts of the faults under `test/faults`, or of one stage of them, whose file name ends so. */
export function faultTexts({ stage = '.', ending = '' } = {}): string[] {
  return textsUnder(join(ROOT, stage), ending);
}

function textsUnder(path: string, ending: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const inner = join(path, name);
    if (statSync(inner).isDirectory()) return textsUnder(inner, ending);
    return name === 'expected.json' || !name.endsWith(ending) ? [] : [readFileSync(inner, 'utf8')];
  });
}
