import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';

/** The sources that an Argo CD Application names. */
export function sourcesOf(object: JsonObject): JsonObject[] {
  const isOne = object.kind === 'Application' && String(object.apiVersion).startsWith('argoproj.io/');
  if (!isOne || !isObject(object.spec)) return [];
  const { source, sources } = object.spec;
  return [source, ...(Array.isArray(sources) ? sources : [])].filter((one): one is JsonObject => isObject(one));
}

const says = (value: Json | undefined): boolean => isObject(value) && Object.keys(value).length > 0;

/** What of an Application's objects was not judged as Argo CD would make them, in words. */
export function applicationNotes(object: JsonObject, files: readonly string[]): string[] {
  const name = isObject(object.metadata) ? String(object.metadata.name) : '';
  return sourcesOf(object).flatMap((source): string[] => {
    const path = typeof source.path === 'string' ? source.path.replace(/^[./]+|\/+$/g, '') : undefined;
    const of = `Application ${name}`;
    if (source.chart !== undefined || source.helm !== undefined)
      return [
        `${of}: what its Helm chart makes was not judged, since charts are not rendered here: \`helm template … | opsline fix -\` judges it`,
      ];
    if (source.plugin !== undefined) return [`${of}: what its plugin makes is not judged`];
    if (says(source.kustomize))
      return [
        `${of}: its own kustomize settings (spec.source.kustomize) are not applied: the folder is judged without them`,
      ];
    const here = path === undefined || path === '' || files.some((file) => `/${file}`.includes(`/${path}/`));
    return here ? [] : [`${of}: the folder ${path} of its source is not among the files`];
  });
}
