import { isObject, type Json, type JsonObject, valueAt } from '../json.ts';
import { isClusterWide } from '../scope.ts';

export function metadataOf(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (isObject(metadata)) return metadata;
  const made: JsonObject = {};
  object.metadata = made;
  return made;
}

/** The pod template's path, by kind. */
function templateOf(object: JsonObject): JsonObject | undefined {
  const path = object.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'];
  const template = valueAt(object, path);
  return isObject(template) ? template : undefined;
}

export function setNamespace(objects: readonly JsonObject[], namespace: string): void {
  for (const object of objects) {
    if (isClusterWide(object)) {
      if (object.kind === 'Namespace') metadataOf(object).name = namespace;
    } else metadataOf(object).namespace = namespace;
    for (const subject of Array.isArray(object.subjects) ? object.subjects : [])
      if (isObject(subject) && subject.kind === 'ServiceAccount') subject.namespace = namespace;
  }
}

/** Fields that name another object, by that object's kind. */
const NAMING: Readonly<Record<string, string>> = {
  configMapRef: 'ConfigMap',
  configMapKeyRef: 'ConfigMap',
  configMap: 'ConfigMap',
  secretRef: 'Secret',
  secretKeyRef: 'Secret',
  secret: 'Secret',
  secretName: 'Secret',
  imagePullSecrets: 'Secret',
  serviceAccountName: 'ServiceAccount',
  serviceName: 'Service',
  service: 'Service',
  persistentVolumeClaim: 'PersistentVolumeClaim',
  claimName: 'PersistentVolumeClaim',
};

function renameIn(node: Json, kind: string | undefined, renamed: ReadonlyMap<string, string>): void {
  const newName = (of: string, name: Json | undefined) => renamed.get(`${of}/${String(name)}`);
  if (Array.isArray(node)) for (const item of node) renameIn(item, kind, renamed);
  if (!isObject(node)) return;
  for (const [key, value] of Object.entries(node)) {
    const own = key === 'name' ? kind : typeof value === 'string' ? NAMING[key] : undefined;
    const name = own === undefined ? undefined : newName(own, value);
    if (name !== undefined) node[key] = name;
    else if (key === 'scaleTargetRef' || key === 'roleRef' || key === 'subjects') {
      for (const ref of Array.isArray(value) ? value : [value]) {
        if (!isObject(ref)) continue;
        const to = newName(String(ref.kind), ref.name);
        if (to !== undefined) ref.name = to;
      }
    } else renameIn(value, NAMING[key], renamed);
  }
}

/** Gives objects new names, and the fields that name them. `nameOf` gives the same name for what keeps its own. */
export function rename(objects: readonly JsonObject[], nameOf: (object: JsonObject, name: string) => string): void {
  const renamed = new Map<string, string>();
  for (const object of objects) {
    const metadata = metadataOf(object);
    const before = String(metadata.name);
    const after = nameOf(object, before);
    if (after === before) continue;
    metadata.name = after;
    renamed.set(`${String(object.kind)}/${before}`, after);
  }
  if (renamed.size === 0) return;
  for (const object of objects)
    for (const [key, value] of Object.entries(object))
      if (key !== 'metadata') renameIn({ [key]: value }, undefined, renamed);
}

function add(parent: JsonObject, key: string, pairs: JsonObject): void {
  const there = parent[key];
  parent[key] = { ...(isObject(there) ? there : {}), ...pairs };
}

/** Labels as `commonLabels` (selectors, too) or `labels` set them. */
export function addLabels(
  objects: readonly JsonObject[],
  pairs: JsonObject,
  { selectors, templates }: { readonly selectors: boolean; readonly templates: boolean },
): void {
  for (const object of objects) {
    add(metadataOf(object), 'labels', pairs);
    const template = templateOf(object);
    if (template !== undefined && (selectors || templates)) add(metadataOf(template), 'labels', pairs);
    const { spec } = object;
    if (!selectors || !isObject(spec)) continue;
    if (object.kind === 'Service' && isObject(spec.selector)) add(spec, 'selector', pairs);
    if (isObject(spec.selector) && isObject(spec.selector.matchLabels)) add(spec.selector, 'matchLabels', pairs);
    if (isObject(spec.podSelector) && isObject(spec.podSelector.matchLabels))
      add(spec.podSelector, 'matchLabels', pairs);
  }
}

export function addAnnotations(objects: readonly JsonObject[], pairs: JsonObject): void {
  for (const object of objects) {
    add(metadataOf(object), 'annotations', pairs);
    const template = templateOf(object);
    if (template !== undefined) add(metadataOf(template), 'annotations', pairs);
  }
}

/** An image reference in its parts, `tag` and `digest` without their marks: a `:` before the last `/` is a port. */
export function imageParts(image: string): { name: string; tag?: string; digest?: string; rest: string } {
  const [before = '', digest] = image.split('@');
  const colon = before.indexOf(':', before.lastIndexOf('/') + 1);
  const name = colon < 0 ? before : before.slice(0, colon);
  return {
    name,
    ...(colon < 0 ? {} : { tag: before.slice(colon + 1) }),
    ...(digest === undefined ? {} : { digest }),
    rest: image.slice(name.length),
  };
}

/** One entry of `images:`, on every container of every object. */
export function setImage(objects: readonly JsonObject[], entry: JsonObject): void {
  const visit = (node: Json): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (!isObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      if (!/^(?:containers|initContainers)$/.test(key) || !Array.isArray(value)) visit(value);
      else
        for (const container of value) {
          if (!isObject(container) || typeof container.image !== 'string') continue;
          const { name, rest } = imageParts(container.image);
          if (name !== entry.name) continue;
          const tag =
            entry.digest !== undefined ? `@${entry.digest}` : entry.newTag !== undefined ? `:${entry.newTag}` : rest;
          container.image = `${String(entry.newName ?? name)}${tag}`;
        }
    }
  };
  for (const object of objects) visit(object);
}

/** One entry of `replicas:`. */
export function setReplicas(objects: readonly JsonObject[], entry: JsonObject): void {
  for (const object of objects) {
    const { spec } = object;
    const scales = /^(?:Deployment|StatefulSet|ReplicaSet|ReplicationController)$/.test(String(object.kind));
    if (scales && isObject(spec) && metadataOf(object).name === entry.name && entry.count !== undefined)
      spec.replicas = entry.count;
  }
}
