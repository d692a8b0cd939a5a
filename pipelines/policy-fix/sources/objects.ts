import { OpslineError } from '../../../src/errors.ts';
import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import type { ManifestFile } from '../../../src/manifest/parse.ts';
import type { Resource } from '../workspace.ts';

function isNamed(json: JsonObject): boolean {
  return (
    typeof json.apiVersion === 'string' &&
    typeof json.kind === 'string' &&
    isObject(json.metadata) &&
    typeof json.metadata.name === 'string'
  );
}

/** What a document holds to be judged: itself, the items of a `List`, the object that an AdmissionReview asks to make or change. */
function heldBy(json: JsonObject): (Pick<Resource, 'base' | 'operation'> & { readonly object: Json })[] {
  const { kind, items, request } = json;
  if (Array.isArray(items) && typeof kind === 'string' && kind.endsWith('List'))
    return items.map((object, i) => ({ object, base: `/items/${i}` }));
  if (kind !== 'AdmissionReview' || !isObject(request) || !isObject(request.object))
    return [{ object: json, base: '' }];
  const operation = typeof request.operation === 'string' ? request.operation : 'CREATE';
  return [{ object: request.object, base: '/request/object', operation }];
}

/**
 * The objects of parsed files; a `List` counts as its items, an AdmissionReview as its `request.object`. Throws `manifest-invalid`
 * for what is no named object.
 */
export function resourcesOf(files: readonly ManifestFile[]): Resource[] {
  const resources: Resource[] = [];
  for (const { file, documents } of files) {
    for (const { json, line, index } of documents) {
      for (const { object, ...place } of heldBy(json)) {
        if (!isObject(object) || !isNamed(object)) {
          throw new OpslineError(
            'manifest-invalid',
            json.kind === 'AdmissionReview'
              ? `${file} line ${line}: an AdmissionReview is judged by the object that it asks to make or change, and has none in request.object`
              : `${file} line ${line}${place.base}: a Kubernetes object needs apiVersion, kind and metadata.name`,
          );
        }
        resources.push({ file, document: index, line, object, ...place });
      }
    }
  }
  return resources;
}
