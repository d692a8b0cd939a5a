import { OpslineError } from '../../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { applyOperations, Operation } from '../patch.ts';
import { inFolder, isRemoteResource, kustomizationIn, objectsIn, placedIn, type TextTree } from './files.ts';
import { generate } from './generate.ts';
import { strategicMerge } from './merge.ts';
import { addAnnotations, addLabels, metadataOf, rename, setImage, setNamespace, setReplicas } from './transform.ts';

/** A document that a patch stands in: a file of its own, or a text inside a kustomization. */
export interface PatchPlace {
  readonly file: string;
  /** Index of the document in its text, empty ones counted. */
  readonly document: number;
  /** Pointer of the text in the kustomization `file`, where it stands in one. */
  readonly inline?: string;
}

/** Where an object comes from. */
export interface Origin {
  readonly file: string;
  readonly document: number;
  /** Pointer of the object inside its document: '' except for the items of a `List`. */
  readonly base: string;
  /** The strategic merge patches that changed it, in their order. */
  readonly patches: readonly PatchPlace[];
}

/** What building a folder gave. */
export interface Built {
  readonly objects: JsonObject[];
  /** Of the objects that stand in a file; those that a generator made have none. */
  readonly origins: ReadonlyMap<JsonObject, Origin>;
  /** Every file that was read for it. */
  readonly files: ReadonlySet<string>;
  /** What of it this build cannot do, in words: the objects may differ there from what kustomize makes. */
  readonly notDone: readonly string[];
}

const MAX_DEPTH = 20;
const MAX_OBJECTS = 20_000;

/** Fields that are followed, or that change nothing of what objects say. */
const KNOWN = new Set(
  (
    'apiVersion kind metadata resources bases components configMapGenerator secretGenerator generatorOptions namespace namePrefix ' +
    'nameSuffix commonLabels labels commonAnnotations images replicas patches patchesStrategicMerge patchesJson6902 ' +
    'buildMetadata sortOptions openapi'
  ).split(' '),
);

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Carries the position of an object's origin through the build; no key of an object. */
const MARK = 'opsline.dev/origin';

class Build {
  readonly files = new Set<string>();
  readonly origins: (Origin & { patches: PatchPlace[] })[] = [];
  readonly notDone = new Set<string>();
  readonly #tree: TextTree;

  constructor(tree: TextTree) {
    this.#tree = tree;
  }

  folder(folder: string, before: JsonObject[], open: readonly string[]): JsonObject[] {
    const path = kustomizationIn(this.#tree, folder);
    if (path === undefined) return before;
    if (open.includes(path) || open.length >= MAX_DEPTH) {
      this.notDone.add(`${path}: it comes back to itself, or lies deeper than ${MAX_DEPTH} folders`);
      return before;
    }
    const kustomization = this.#read(path)[0];
    if (kustomization === undefined) return before;
    const inside = [...open, path];
    for (const field of Object.keys(kustomization))
      if (!KNOWN.has(field) && field !== MARK) this.notDone.add(`${path}: \`${field}\` is not followed`);
    let objects = before;
    for (const entry of [...list(kustomization.resources), ...list(kustomization.bases)])
      objects = [...objects, ...this.#resource(folder, path, String(entry), inside)];
    if (objects.length > MAX_OBJECTS)
      throw new OpslineError('manifest-invalid', `${path}: more than ${MAX_OBJECTS} objects`);
    for (const entry of list(kustomization.components)) {
      const at = this.#local(folder, path, String(entry));
      if (at !== undefined) objects = this.folder(at, objects, inside);
    }
    objects = this.#generators(kustomization, folder, path, objects);
    return this.#transform(kustomization, folder, path, objects);
  }

  #read(path: string): JsonObject[] {
    const text = this.#tree.text(path);
    this.files.add(path);
    if (text === undefined) {
      this.notDone.add(`${path}: its text was not read`);
      return [];
    }
    try {
      return placedIn(path, text).map(({ object, document, base }) => ({
        ...structuredClone(object),
        [MARK]: this.origins.push({ file: path, document, base, patches: [] }) - 1,
      }));
    } catch (error) {
      this.notDone.add(error instanceof OpslineError ? error.message : `${path}: it cannot be parsed`);
      return [];
    }
  }

  #local(folder: string, from: string, entry: string): string | undefined {
    const at = isRemoteResource(entry) ? undefined : inFolder(folder, entry);
    if (at === undefined) this.notDone.add(`${from}: \`${entry.slice(0, 200)}\` lies outside the repository`);
    return at;
  }

  #resource(folder: string, from: string, entry: string, open: readonly string[]): JsonObject[] {
    const at = this.#local(folder, from, entry);
    if (at === undefined) return [];
    if (this.#tree.identity(at) !== undefined)
      return this.#read(at).filter((object) => typeof object.kind === 'string');
    if (kustomizationIn(this.#tree, at) !== undefined) return this.folder(at, [], open);
    this.notDone.add(`${from}: there is no \`${entry.slice(0, 200)}\``);
    return [];
  }

  #generators(from: JsonObject, folder: string, path: string, before: JsonObject[]): JsonObject[] {
    const objects = [...before];
    const told = {
      read: (file: string) => this.files.add(file),
      missing: (file: string) => this.notDone.add(`${path}: there is no \`${file.slice(0, 200)}\``),
    };
    for (const kind of ['ConfigMap', 'Secret'] as const) {
      const entries = list(from[kind === 'ConfigMap' ? 'configMapGenerator' : 'secretGenerator']).filter(isObject);
      for (const entry of entries) {
        const options = isObject(from.generatorOptions) ? from.generatorOptions : {};
        const own = isObject(entry.options) ? entry.options : {};
        const made = generate(kind, { ...entry, options: { ...options, ...own } }, folder, this.#tree, told);
        const at = objects.findIndex(
          (object) => object.kind === kind && metadataOf(object).name === metadataOf(made).name,
        );
        const there = objects[at];
        const field = kind === 'Secret' ? 'stringData' : 'data';
        if (there === undefined) objects.push(made);
        else if (entry.behavior === 'merge')
          objects[at] = { ...there, [field]: { ...(there[field] as JsonObject), ...(made[field] as JsonObject) } };
        else objects[at] = made;
      }
    }
    return objects;
  }

  #transform(from: JsonObject, folder: string, path: string, before: JsonObject[]): JsonObject[] {
    let objects = before;
    for (const [i, entry] of list(from.patchesStrategicMerge).entries())
      objects = this.#patch(folder, path, objects, entry, undefined, `/patchesStrategicMerge/${i}`);
    for (const field of ['patches', 'patchesJson6902'])
      for (const [i, entry] of list(from[field]).entries())
        if (isObject(entry))
          objects = this.#patch(folder, path, objects, entry.patch ?? entry.path, entry.target, `/${field}/${i}/patch`);
    if (typeof from.namespace === 'string') setNamespace(objects, from.namespace);
    // Its entries use the names that objects have before prefix and suffix.
    for (const entry of list(from.replicas)) if (isObject(entry)) setReplicas(objects, entry);
    const prefix = typeof from.namePrefix === 'string' ? from.namePrefix : '';
    const suffix = typeof from.nameSuffix === 'string' ? from.nameSuffix : '';
    if (prefix !== '' || suffix !== '')
      rename(objects, ({ kind }, name) =>
        kind === 'Namespace' || kind === 'CustomResourceDefinition' ? name : `${prefix}${name}${suffix}`,
      );
    if (isObject(from.commonLabels)) addLabels(objects, from.commonLabels, { selectors: true, templates: true });
    for (const entry of list(from.labels))
      if (isObject(entry) && isObject(entry.pairs))
        addLabels(objects, entry.pairs, {
          selectors: entry.includeSelectors === true,
          templates: entry.includeTemplates === true,
        });
    if (isObject(from.commonAnnotations)) addAnnotations(objects, from.commonAnnotations);
    for (const entry of list(from.images)) if (isObject(entry)) setImage(objects, entry);
    return objects;
  }

  /** One patch: inline or a file, strategic merge (a map) or JSON 6902 (a list). */
  #patch(
    folder: string,
    path: string,
    objects: JsonObject[],
    patch: Json | undefined,
    target: Json | undefined,
    pointer: string,
  ): JsonObject[] {
    if (typeof patch !== 'string') return objects;
    const file = patch.includes('\n') ? undefined : inFolder(folder, patch);
    const isFile = file !== undefined && this.#tree.identity(file) !== undefined;
    if (isFile) this.files.add(file);
    const where = isFile ? file : path;
    const text = isFile ? this.#tree.text(file) : patch;
    if (text === undefined || (!isFile && !patch.includes(':'))) {
      this.notDone.add(`${path}: the patch \`${patch.slice(0, 200)}\` was not read`);
      return objects;
    }
    const fail = (why: string): JsonObject[] => {
      this.notDone.add(`${where}: ${why}`);
      return objects;
    };
    try {
      const operations = operationsIn(where, text);
      if (operations === undefined)
        return placedIn(where, text).reduce<JsonObject[]>(
          (now, { object: merge, document }) =>
            mergeInto(now, merge, target, (changed) => {
              const place = { file: where, document, ...(isFile ? {} : { inline: pointer }) };
              this.origins[changed[MARK] as number]?.patches.push(place);
            }),
          objects,
        );
      return objects.map((object) =>
        matches(object, target) ? (applyOperations(object, operations) as JsonObject) : object,
      );
    } catch (error) {
      return fail(error instanceof OpslineError ? `the patch does not apply: ${error.message}` : 'the patch is none');
    }
  }
}

/** The operations of a JSON 6902 patch; undefined for a text that is a map. Throws `manifest-invalid`. */
export function operationsIn(where: string, text: string): Operation[] | undefined {
  if (!/^\s*(?:#.*\n\s*|---\s*\n\s*)*(?:-\s|\[)/.test(text)) return undefined;
  // A list is no manifest, so it is wrapped: every line one level deeper, or JSON as it is.
  const wrapped = /^\s*\[/.test(text) ? `list: ${text}` : `list:\n${text.replace(/^---.*$/m, '').replace(/^/gm, '  ')}`;
  const operations = (objectsIn(where, wrapped)[0] as { list?: unknown } | undefined)?.list;
  const parsed = Operation.array().safeParse(operations);
  if (parsed.success) return parsed.data;
  const [at = 0, key] = parsed.error.issues[0]?.path ?? [];
  const one = Array.isArray(operations) ? (operations as Json[])[Number(at)] : undefined;
  const why =
    isObject(one) && key !== undefined && key !== 'op'
      ? `has no ${String(key)} as it should`
      : 'is none of add, replace, remove and test';
  throw new OpslineError('manifest-invalid', `operation ${Number(at) + 1} of a patch in ${where} ${why}`);
}

function mergeInto(
  objects: JsonObject[],
  patch: JsonObject,
  target: Json | undefined,
  onChange: (object: JsonObject) => void,
): JsonObject[] {
  const own = isObject(patch.metadata) ? patch.metadata : {};
  const named = {
    kind: patch.kind,
    name: own.name,
    ...(own.namespace === undefined ? {} : { namespace: own.namespace }),
  };
  return objects.flatMap((object) => {
    if (!(isObject(target) ? matches(object, target) : isNamed(object, named))) return [object];
    if (patch.$patch === 'delete') return [];
    onChange(object);
    const { kind, metadata } = object;
    const merged = strategicMerge(object, patch);
    // With a target the patch's own name means nothing.
    return [
      {
        ...merged,
        kind: kind as Json,
        metadata: { ...metadataOf(merged), name: (metadata as JsonObject).name as Json },
      },
    ];
  });
}

function isNamed(object: JsonObject, { kind, name, namespace }: { [key: string]: Json | undefined }): boolean {
  const metadata = metadataOf(object);
  const elsewhere = namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== namespace;
  return object.kind === kind && metadata.name === name && !elsewhere;
}

function matches(object: JsonObject, target: Json | undefined): boolean {
  if (!isObject(target)) return false;
  const metadata = metadataOf(object);
  const fits = (pattern: Json | undefined, value: Json | undefined): boolean => {
    if (pattern === undefined || pattern === '') return true;
    // kustomize anchors its patterns; a pattern beyond letters and stars is compared as it is.
    const text = String(pattern);
    if (!/[*|?+()[\]]/.test(text)) return text === String(value ?? '');
    // Few stars: many of them would make the matching of a long name take for ever.
    const simple = /^[\w.*|-]{1,200}$/.test(text) && text.split('*').length <= 4;
    return simple && new RegExp(`^(?:${text})$`).test(String(value ?? ''));
  };
  const selects = (selector: Json | undefined, labels: Json | undefined): boolean =>
    String(selector ?? '')
      .split(',')
      .filter((part) => part.includes('='))
      .every((part) => {
        const [key = '', value = ''] = part.split(/==?/);
        return isObject(labels) && labels[key.trim()] === value.trim();
      });
  return (
    fits(target.kind, object.kind) &&
    fits(target.name, metadata.name) &&
    fits(target.namespace, metadata.namespace) &&
    selects(target.labelSelector, metadata.labels) &&
    selects(target.annotationSelector, metadata.annotations)
  );
}

/**
 * Builds a folder with a kustomization the way `kustomize build` does, for the common part of its language: resources, bases
 * and components inside the repository, generators, patches, names, namespace, labels, images and replicas. No program is
 * started and nothing is fetched. What it cannot do stands in `notDone`; it does not throw for a broken file.
 */
export function buildKustomization(tree: TextTree, folder: string): Built {
  const build = new Build(tree);
  const origins = new Map<JsonObject, Origin>();
  const objects = build.folder(folder, [], []).map(({ [MARK]: mark, ...object }) => {
    const origin = build.origins[mark as number];
    if (origin !== undefined) origins.set(object, origin);
    return object;
  });
  return { objects, origins, files: build.files, notDone: [...build.notDone] };
}
