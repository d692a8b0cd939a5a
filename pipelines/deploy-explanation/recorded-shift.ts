import { type RecordedChange, recordedChanges, whenAndWho } from '../../src/evidence/config-changes.ts';
import { WORKLOADS } from '../../src/evidence/kinds.ts';
import { inOtherNamespace, type ObjectRef, sameObject } from '../../src/evidence/model.ts';
import { workloadOf } from '../../src/evidence/relations.ts';
import { change } from './analyzers/analyzer.ts';
import { type Difference, fieldDifference } from './changes/describe.ts';
import { fitOf, wordsOf } from './changes/fit.ts';
import type { Explanation, Finding, Remedy } from './schema.ts';
import { named, type View } from './view.ts';

const MAX_TOLD = 3;
/** How well a field fits whose value or key the finding speaks of. */
const SPOKEN = 2;

/** The fields of a recorded change, as differences of its object. */
export function differencesIn({ object, fields }: RecordedChange): Difference[] {
  return fields.flatMap(({ path, before, after }) => fieldDifference(object.kind, path, before, after) ?? []);
}

/** What of a recorded change fits a finding: all of it that can bring such a failure where its object is one of those at fault, else only what the finding speaks of. */
function fitting(record: RecordedChange, root: Finding, concerned: readonly ObjectRef[]) {
  const own = concerned.some((ref) => sameObject(ref, record.object));
  if (!own && inOtherNamespace(record.object, root.object)) return [];
  // That another workload got the same value says nothing of this one.
  if (!own && WORKLOADS.includes(record.object.kind) && !wordsOf(root).includes(record.object.name)) return [];
  // Whatever of the object at fault was changed last is told where nothing in it fits better.
  const exact = sameObject(record.object, root.object);
  return differencesIn(record).flatMap((difference) => {
    const fit = Math.max(fitOf(difference, root), exact && difference.field !== 'label' ? 1 : 0);
    return fit >= (own ? 1 : SPOKEN) ? [{ difference, fit }] : [];
  });
}

/**
 * The change that a record of changes tells (who changed which field of what), of the object at fault or one that the finding speaks of: of
 * those that fit best the newest.
 */
export function recordedShift(
  view: View,
  root: Finding,
): { change: NonNullable<Explanation['change']>; remedies: Remedy[] } | undefined {
  const concerned = [root.object, ...root.involves].flatMap((ref) => [ref, workloadOf(view.scene, ref)]);
  const [best] = recordedChanges(view.scene.items)
    .map((record) => ({ record, told: fitting(record, root, concerned) }))
    .filter(({ told }) => told.length > 0)
    .toSorted(
      (a, b) =>
        Math.max(...b.told.map(({ fit }) => fit)) - Math.max(...a.told.map(({ fit }) => fit)) ||
        (b.record.time ?? '').localeCompare(a.record.time ?? ''),
    );
  if (best === undefined) return undefined;
  const { record, told } = best;
  const shown = told.slice(0, MAX_TOLD).map(({ difference }) => difference.what);
  const before = told.flatMap(({ difference }) => difference.before ?? []);
  return {
    change: {
      summary: `${named(record.object)} was changed${whenAndWho(record)}: ${shown.join(', ')}`,
      object: record.object,
      citations: record.cite().slice(0, 6),
    },
    remedies:
      before.length === 0
        ? []
        : [change(`Set it back in ${named(record.object)}: ${before.slice(0, MAX_TOLD).join(', ')}`, 'low')],
  };
}
