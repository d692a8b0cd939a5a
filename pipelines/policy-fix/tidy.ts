import { isObject, type Json, valueAt } from '../../src/manifest/json.ts';
import { amend } from './amend.ts';
import { type Path, remove } from './edits.ts';
import type { Proposal } from './fixers/fixer.ts';
import type { Ask } from './minimise.ts';
import { applyProposals } from './propose.ts';
import type { Progress } from './search.ts';

/** Maps and lists that mean nothing once what stood in them is gone (API reference: PodSecurityContext, SecurityContext). */
const SHELLS = new Set(['securityContext', 'capabilities', 'add', 'drop', 'sysctls']);

const isShell = (path: Path): boolean => SHELLS.has(String(path.at(-1)));

/** Whether nothing but one key stands in a map, or nothing at all. */
const isEmptyBut = (json: Json | undefined, key: Json | undefined): boolean =>
  Array.isArray(json) ? json.length === 0 : isObject(json) && Object.keys(json).every((other) => other === key);

/** What goes with a removed shell, each thing by itself; of any other removal the place itself. */
export function goneWith(before: Json, path: Path): Path[] {
  const now = valueAt(before, path);
  const keys = Array.isArray(now) ? [...now.keys()] : isObject(now) ? Object.keys(now) : [];
  return isShell(path) && keys.length > 0 ? keys.flatMap((key) => goneWith(before, [...path, key])) : [path];
}

/** The outermost shell that a removal leaves empty; else what is removed. */
function shellOf(after: Json, path: Path): Path {
  const parent = path.slice(0, -1);
  return isShell(parent) && isEmptyBut(valueAt(after, parent), path.at(-1)) ? shellOf(after, parent) : path;
}

/** The edits with shells removed in place of the last things in them; who removed others of them is named with the first. */
function tidied(after: Json, accepted: readonly Proposal[]): Proposal[] {
  const kept = new Map<string, Proposal>();
  for (const [at, proposal] of accepted.entries()) {
    const edits = proposal.edits.map((edit) => (edit.op === 'remove' ? remove(shellOf(after, edit.path)) : edit));
    const [only] = edits;
    const key = edits.length === 1 && only?.op === 'remove' ? JSON.stringify(only.path) : `${at}`;
    const first = kept.get(key);
    kept.set(key, first ? { ...first, summary: `${first.summary}; ${proposal.summary}` } : { ...proposal, edits });
  }
  return [...kept.values()];
}

/** Takes away what accepted edits left empty, where the policies are as content without it. */
export async function tidy(all: readonly Progress[], ask: Ask): Promise<void> {
  const untidy = all.flatMap((progress) => {
    const removes = progress.accepted.some(({ edits }) =>
      edits.some((edit) => edit.op === 'remove' && shellOf(progress.object, edit.path).length < edit.path.length),
    );
    const accepted = removes ? tidied(progress.object, progress.accepted) : [];
    const object = removes ? applyProposals(progress.original, accepted) : undefined;
    return object ? [{ progress, accepted, object }] : [];
  });
  await amend('tidy', untidy, ask);
}
