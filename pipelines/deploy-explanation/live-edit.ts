import { inNamespace, nameOf, typeOf } from '../../src/evidence/commands/names.ts';
import { command } from '../../src/evidence/commands/shell.ts';
import type { SceneObject } from '../../src/evidence/scene.ts';
import { equalJson, type Json, valueAt } from '../../src/manifest/json.ts';
import { applyOperations, formatPointer, Operation } from '../../src/manifest/patch.ts';
import type { Remedy } from './schema.ts';

/** One value to set (or, without a value, to take away) in an object: keys and indexes lead to it. */
export interface Edit {
  readonly path: readonly (string | number)[];
  readonly value?: Json;
}

/** The object as the API wrote it; a table or a description shows neither every field nor the order of lists. */
export function wholeOf(object: SceneObject | undefined): Json | undefined {
  const sighting = object?.sightings.find(({ partial, item }) => !partial && item.source.kind === 'object');
  return sighting?.object as Json | undefined;
}

/**
 * A remedy that edits an object in its cluster, as a JSON patch (RFC 6902) that also tests what stands there, so that it changes nothing but
 * what was seen. Undefined where the object was not seen as the API wrote it, where nothing would change, or where a secret would be shown.
 */
export function liveEdit(
  object: SceneObject | undefined,
  what: string,
  edits: readonly Edit[],
  risk: Remedy['risk'] = 'low',
): Remedy[] {
  const whole = wholeOf(object);
  if (object === undefined || whole === undefined) return [];
  const operations = edits.flatMap(({ path, value }): Operation[] => {
    const now = valueAt(whole, path);
    if (now === undefined || equalJson(now, value)) return [];
    const pointer = formatPointer(path);
    const test: Operation = { op: 'test', path: pointer, value: now };
    return [test, value === undefined ? { op: 'remove', path: pointer } : { op: 'replace', path: pointer, value }];
  });
  const told = JSON.stringify(operations);
  if (operations.length !== edits.length * 2 || operations.length === 0 || /\[redacted|'/.test(told)) return [];
  if (!isApplicable(whole, operations)) return [];
  const { apiVersion: _, path: __, ...ref } = object.ref;
  const patch = command(
    'kubectl',
    'patch',
    typeOf(object.ref),
    nameOf(ref),
    inNamespace(ref),
    '--type=json',
    '-p',
    told,
    '--dry-run=server',
    '-o',
    'yaml',
  );
  if (patch === undefined) return [];
  return [
    {
      title: `Edit it in the cluster: ${what}. This tries it; without --dry-run=server it counts until Git is applied again`,
      way: 'patch',
      risk,
      changes: true,
      command: patch,
      edit: { object: ref, operations },
    },
  ];
}

/** Whether a patch is one, and can be applied to what was seen: evidence is hostile, and may hold keys and numbers that JSON has not. */
function isApplicable(whole: Json, operations: readonly Operation[]): boolean {
  if (!operations.every((operation) => Operation.safeParse(operation).success)) return false;
  try {
    applyOperations(whole, operations);
    return true;
  } catch {
    return false;
  }
}

/** The path of a container's field in a workload as the API wrote it. */
export function containerPath(object: SceneObject | undefined, container: string): (string | number)[] | undefined {
  const whole = wholeOf(object);
  const bases: (string | number)[][] = [
    ['spec', 'template', 'spec', 'containers'],
    ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers'],
  ];
  for (const base of bases) {
    const list = valueAt(whole, base);
    const index = Array.isArray(list) ? list.findIndex((one) => valueAt(one, ['name']) === container) : -1;
    if (index >= 0) return [...base, index];
  }
  return undefined;
}
