import { OpslineError } from '../../../src/errors.ts';
import { isObject, type JsonObject } from '../../../src/manifest/json.ts';
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

/** The objects of parsed files; a `List` counts as its items. Throws `manifest-invalid` for what is no named object. */
export function resourcesOf(files: readonly ManifestFile[]): Resource[] {
  const resources: Resource[] = [];
  for (const { file, documents } of files) {
    for (const { json, line, index } of documents) {
      const items =
        json.kind === 'List' ||
        (typeof json.kind === 'string' && json.kind.endsWith('List') && Array.isArray(json.items))
          ? json.items
          : undefined;
      const objects = Array.isArray(items)
        ? items.map((item, i) => ({ object: item, base: `/items/${i}` }))
        : [{ object: json, base: '' }];
      for (const { object, base } of objects) {
        if (!isObject(object) || !isNamed(object)) {
          throw new OpslineError(
            'manifest-invalid',
            json.kind === 'AdmissionReview'
              ? `${file} line ${line}: an AdmissionReview is a request, not a manifest: give the object in its request.object`
              : `${file} line ${line}${base}: a Kubernetes object needs apiVersion, kind and metadata.name`,
          );
        }
        resources.push({ file, document: index, base, line, object });
      }
    }
  }
  return resources;
}
