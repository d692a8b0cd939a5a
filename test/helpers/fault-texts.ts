import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../faults');

/** Texts of the faults under `test/faults`, or of one stage of them, whose file name ends so; without those of faults that are called like `except`. */
export function faultTexts({ stage = '.', ending = '', except = /(?!)/ } = {}): string[] {
  return textsUnder(join(ROOT, stage), ending, except);
}

function textsUnder(path: string, ending: string, except: RegExp): string[] {
  return readdirSync(path).flatMap((name) => {
    const inner = join(path, name);
    if (except.test(name)) return [];
    if (statSync(inner).isDirectory()) return textsUnder(inner, ending, except);
    return name === 'expected.json' || !name.endsWith(ending) ? [] : [readFileSync(inner, 'utf8')];
  });
}
