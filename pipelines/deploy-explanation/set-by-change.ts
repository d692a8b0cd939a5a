import { recordedChanges } from '../../src/evidence/config-changes.ts';
import type { Citation, ObjectRef } from '../../src/evidence/model.ts';
import { inOtherNamespace } from '../../src/evidence/model.ts';
import type { Draft } from './analyzers/analyzer.ts';
import type { View } from './view.ts';

/** Kinds of failure that a value brings which was set somewhere. */
const OF_VALUES = /^(?:service-reference-wrong|bad-configuration|dns-failure|cannot-connect|credentials-refused)$/;
/** So long (characters) a value is told from others by itself. */
const TELLING = 3;
const MAX_SAID = 8000;

/** What of a value is told from the one before: a host, a port, a word. */
function novel(before: string | undefined, after: string): string[] {
  const olds = new Set((before ?? '').split(/[^\w.-]+/));
  return after.split(/[^\w.-]+/).filter((part) => part.length >= TELLING && !olds.has(part));
}

/**
 * The ConfigMap or Secret where the value at fault is set, as a record of changes tells: one of the namespace of which a key was changed to what
 * the finding speaks of. Undefined where there is none, or several.
 */
export function setByChange(
  view: View,
  kind: string,
  { object, summary, citations }: Pick<Draft, 'object' | 'summary' | 'citations'>,
): { object: ObjectRef; citations: Citation[] } | undefined {
  if (!OF_VALUES.test(kind) || /^(?:ConfigMap|Secret)$/.test(object.kind)) return undefined;
  const said = [summary, ...citations.map((one) => one?.quote ?? '')].join('\n').slice(0, MAX_SAID);
  const words = new Set(said.split(/[^\w.-]+/).flatMap((word) => [word, ...word.split(':')]));
  const found = recordedChanges(view.scene.items).filter(
    ({ object: changed, fields }) =>
      /^(?:ConfigMap|Secret)$/.test(changed.kind) &&
      !inOtherNamespace(changed, object) &&
      fields.some(({ before, after }) => after !== undefined && novel(before, after).some((part) => words.has(part))),
  );
  const [one, ...others] = found;
  if (one === undefined || others.some(({ object: other }) => other.name !== one.object.name)) return undefined;
  const field = one.fields.find(
    ({ before, after }) => after !== undefined && novel(before, after).some((part) => words.has(part)),
  );
  return {
    object: { ...one.object, ...(field === undefined ? {} : { path: field.path.replace(/^\//, '') }) },
    citations: one.cite(),
  };
}
