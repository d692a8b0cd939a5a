import { isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { type Path, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { keysOf } from '../wish.ts';
import { type FixContext, type Fixer, podSpecPath, type Question, type Sibling, titleOf } from './fixer.ts';

/** More workloads than these are not offered. */
const MOST_CHOICES = 6;

const namespaceOf = (object: Json): Json => valueAt(object, ['metadata', 'namespace']) ?? 'default';

/** The labels by which a workload finds its own pods; those of a bare pod. */
function labelsOf({ object }: Sibling): Json | undefined {
  if (!podSpecPath(object)) return undefined;
  const path = object.kind === 'Pod' ? ['metadata', 'labels'] : ['spec', 'selector', 'matchLabels'];
  return valueAt(object, path);
}

/** Where a selector holds labels of pods; undefined for a place that is none. */
function labelsAt({ kind }: JsonObject, path: Path): Path | undefined {
  if (path.at(-1) === 'podSelector') return [...path, 'matchLabels'];
  return kind === 'Service' && keysOf(path) === 'spec.selector' ? path : undefined;
}

/** Which pods a selector means that a policy wants to say something: those of the workloads beside it in its namespace. */
export const selectors: Fixer = {
  name: 'selectors',
  propose: () => [],
  ask(context: FixContext) {
    const { object, siblings } = context;
    return statedWishes(context).flatMap(({ wish }): Question[] => {
      const path = wish.kind === 'present' && wish.pattern === '' ? labelsAt(object, wish.path) : undefined;
      if (wish.kind !== 'present' || !path) return [];
      const seen = siblings
        .filter((sibling) => namespaceOf(sibling.object) === namespaceOf(object))
        .flatMap((sibling) => {
          const value = labelsOf(sibling);
          const source = `${titleOf(sibling.object)} in ${sibling.file}`;
          return isObject(value) ? [{ value, source, edits: [set(path, value)] }] : [];
        });
      return [
        {
          question: `Which pods is ${titleOf(object)} about (${wish.path.join('.')})?`,
          path,
          about: ['selector'],
          stated: true,
          trial: [set(path, { opsline: 'opsline' })],
          choices: seen.slice(0, MOST_CHOICES),
        },
      ];
    });
  },
};
