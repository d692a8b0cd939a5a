import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import { OpslineError } from '../errors.ts';
import { chunksOf } from './chunks.ts';
import { lastWords } from './execute.ts';
import { kyvernoApply } from './kyverno-apply.ts';
import { mutatingPolicies } from './kyverno-rules.ts';
import { identity, type KubeObject } from './violation.ts';

/** Stands in an object's uid, which no policy asks for, and comes back with it. */
const UID = 'opsline-';

/**
 * What Kyverno's mutate rules make of each object, by Kyverno itself; undefined where they leave it as it is, and for the
 * second of two objects of one identity. Throws `engine-failed`.
 */
export async function mutated(
  objects: readonly KubeObject[],
  policies: readonly KubeObject[],
  signal: AbortSignal,
): Promise<(KubeObject | undefined)[]> {
  const found: (KubeObject | undefined)[] = objects.map(() => undefined);
  const rules = mutatingPolicies(policies);
  if (rules.length === 0) return found;
  const seen = new Set<string>();
  const places = objects.flatMap((object, at) => {
    const known = seen.has(identity(object));
    seen.add(identity(object));
    return known ? [] : [{ object, at }];
  });
  for (const chunk of chunksOf(places)) {
    const marked = chunk.map(({ object, at }) => ({ ...object, metadata: { ...object.metadata, uid: `${UID}${at}` } }));
    let text = '';
    const read = async (folder: string): Promise<void> => {
      text = await readFile(`${folder}/mutated.yaml`, 'utf8').catch(() => '');
    };
    const { code, stderr } = await kyvernoApply(rules, marked, ['--output', 'mutated.yaml'], signal, { read });
    if (code !== 0 && text === '')
      throw new OpslineError('engine-failed', `kyverno apply ended with ${code}: ${lastWords(stderr) || 'no result'}`);
    for (const document of parseAllDocuments(text, { version: '1.1', logLevel: 'error' })) {
      const object = document.toJS() as KubeObject | null;
      const uid = String(object?.metadata?.uid ?? '');
      const place = uid.startsWith(UID) ? chunk.find(({ at }) => String(at) === uid.slice(UID.length)) : undefined;
      if (!object || !place) continue;
      const { uid: _, ...metadata } = object.metadata;
      found[place.at] = { ...object, metadata };
    }
  }
  return found;
}
