import { hasSchema, kubernetesSchemas } from '../../src/policy/schema/kubernetes.ts';
import type { Invalid } from './ask.ts';
import { objectOf } from './outcome.ts';
import type { FixResult } from './schema.ts';
import { fieldFinder } from './sources/find.ts';
import type { Resource, Workspace } from './workspace.ts';

/** Of so many objects it is said what is wrong with them. */
const MOST_INVALID = 20;
const MOST_ERRORS = 5;

/** By which schemas the objects were judged, which of them have none, and what was wrong with which as given. */
export function schemaReport(
  { resources, files }: Workspace,
  checked: boolean,
  invalid: readonly Invalid[],
): FixResult['verified']['schema'] {
  const unchecked = resources.filter(({ object }) => !hasSchema(object));
  const find = invalid.length > 0 ? fieldFinder(files) : undefined;
  return {
    kubernetes: kubernetesSchemas().kubernetes,
    checked,
    unchecked: [...new Set(unchecked.map(({ object }) => `${object.apiVersion}/${object.kind}`))].sort(),
    invalid: invalid.length,
    invalidObjects: invalid.slice(0, MOST_INVALID).map(({ resource, errors }) => {
      const own = resources[resource] as Resource;
      return {
        object: objectOf(own),
        file: own.file,
        errors: errors.slice(0, MOST_ERRORS).map((error) => {
          const message = error.replace(/^Kubernetes' schema: /, '');
          const [pointer = ''] = /^\/\S*(?=: )/.exec(message) ?? [];
          return { message, ...find?.(own, pointer === '/' ? '' : pointer) };
        }),
      };
    }),
  };
}
