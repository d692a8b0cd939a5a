import { requestParts } from '../../src/policy/request-parts.ts';
import { nameOf } from '../../src/policy/violation.ts';
import type { PolicyDocument, Resource } from './workspace.ts';

/**
 * Objects of AdmissionReviews that a policy would judge by more than the object, with the words for it: they are judged as created,
 * by nobody in particular, and what was there before is not known to the engines here.
 */
export function beyondObjects(
  resources: readonly Resource[],
  policies: readonly PolicyDocument[],
): { readonly resource: Resource; readonly why: string }[] {
  return resources.flatMap((resource) => {
    const { operation, object, file } = resource;
    if (operation === undefined) return [];
    const { kind, name } = nameOf(object);
    const looking = policies.flatMap(({ json }) => {
      const looks = requestParts(json, operation);
      return looks.length === 0 ? [] : [`${json.kind} ${nameOf(json).name} looks at ${looks.join(' and ')}`];
    });
    const first = looking[0];
    const why = `${kind} "${name}" in ${file} was not judged: it stands in a request (${operation}), of which only the object is judged, as created, and ${first}`;
    return first === undefined ? [] : [{ resource, why }];
  });
}
