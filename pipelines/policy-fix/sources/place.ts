import { posix } from 'node:path';
import { OpslineError } from '../../../src/errors.ts';
import { editDocument } from '../../../src/manifest/edit.ts';
import { equalJson, isObject, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { buildKustomization, type Origin } from '../../../src/manifest/kustomize/build.ts';
import { entriesOf, operationsOf, patchTextOf } from '../../../src/manifest/kustomize/entries.ts';
import { isKustomization, kustomizationIn } from '../../../src/manifest/kustomize/files.ts';
import { trace } from '../../../src/manifest/kustomize/trace.ts';
import { imageParts } from '../../../src/manifest/kustomize/transform.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { applyOperation, applyOperations, type Operation, parsePointer } from '../../../src/manifest/patch.ts';
import { keyOf, type Root } from '../../../src/manifest/state.ts';
import { inDocument, targetOf } from './in-document.ts';
import { editKustomization, newPatches } from './overlay.ts';
import { folderText, treeOf } from './read.ts';

/** An object of a kustomization that is to change. */
export interface Wanted {
  /** Position among the workspace's resources. */
  readonly resource: number;
  readonly root: string;
  /** Position among the root's objects. */
  readonly position: number;
  /** On the object as it is built. */
  readonly operations: readonly Operation[];
  readonly policies: readonly string[];
}

export interface DocumentOperations {
  document: number;
  operations: Operation[];
}

/** A change of one file; several make a candidate. */
interface Change {
  readonly file: string;
  readonly text: string;
  /** Where it is an edit of a document, for the result. */
  readonly done?: DocumentOperations;
}

/** A document that an object is made of. */
interface Part {
  readonly file: string;
  readonly document: number;
  readonly base: string;
  readonly inline?: string;
}

/**
 * Brings edits of built objects into the files that the objects are made of. Each candidate is believed only when building every
 * affected kustomization again gives exactly what was meant, for this object, and for no other one but those that want the same.
 */
export class Placer {
  readonly texts: Map<string, string>;
  readonly operations: Map<string, DocumentOperations[]>;
  readonly #roots: Map<string, Root>;

  constructor(
    texts: ReadonlyMap<string, string>,
    roots: Iterable<Root>,
    operations: ReadonlyMap<string, DocumentOperations[]> = new Map(),
  ) {
    this.texts = new Map(texts);
    this.#roots = new Map([...roots].map((root) => [root.id, root]));
    this.operations = new Map(
      [...operations].map(([file, list]) => [
        file,
        list.map(({ document, operations: done }) => ({ document, operations: [...done] })),
      ]),
    );
  }

  /** The same state, to try something in. */
  fork(): Placer {
    return new Placer(this.texts, this.#roots.values(), this.operations);
  }

  /** Files that hold each object's edits, and why some have none. */
  place(all: readonly Wanted[]): { touched: Map<number, Set<string>>; refused: { resource: number; why: string }[] } {
    const touched = new Map(all.map(({ resource }) => [resource, new Set<string>()]));
    const left = new Map(all.map((wanted) => [wanted, [...wanted.operations]]));
    const refused: { resource: number; why: string }[] = [];
    for (const wanted of all) {
      const failed: Operation[] = [];
      for (const operation of [...(left.get(wanted) ?? [])]) {
        if (!left.get(wanted)?.includes(operation)) continue;
        // What stands beside one that waits for a patch of its own may build on it.
        const waits = failed.some(({ path }) => operation.path.startsWith(path.slice(0, path.lastIndexOf('/') + 1)));
        const done =
          !waits &&
          some(this.#candidates(wanted, operation), (changes) =>
            this.#try(changes, wanted, [operation], left, touched),
          );
        if (!done) failed.push(operation);
      }
      const rest = left.get(wanted) ?? [];
      if (
        rest.length > 0 &&
        !some(this.#newPatch(wanted, rest), (changes) => this.#try(changes, wanted, rest, left, touched))
      )
        refused.push({
          resource: wanted.resource,
          why: `no file of the kustomization ${folderText(wanted.root)} was found that changes this object alone: ${rest.map(({ path }) => path).join(', ')}`,
        });
    }
    return { touched, refused };
  }

  #object({ root, position }: Wanted): { object: JsonObject; origin: Origin | undefined } {
    const { objects = [], origins } = this.#roots.get(root) ?? {};
    const object = objects[position] as JsonObject;
    return { object, origin: origins?.get(object) };
  }

  /** Changes that could do it, in the order of preference: where the field stands, where its parent does, where a patch does. */
  *#candidates(wanted: Wanted, operation: Operation): Generator<Change[]> {
    const { object, origin } = this.#object(wanted);
    if (operation.path === '/spec/replicas' && 'value' in operation) yield* this.#replicas(wanted, operation);
    if ('value' in operation) {
      yield* this.#images(wanted, operation);
      yield* this.#operations(wanted, operation);
    }
    if (origin === undefined) return;
    const own: Part = { file: origin.file, document: origin.document, base: origin.base };
    const patches = origin.patches.map((patch): Part => ({ ...patch, base: '' })).toReversed();
    const { path } = targetOf(object, operation);
    const holds = (part: Part): boolean => {
      const document = this.#read(part);
      return document !== undefined && trace(document, object, path).depth === path.length;
    };
    for (const part of new Set([...[...patches, own].filter(holds), own, ...patches])) {
      const change = this.#edit(part, object, operation);
      if (change !== undefined) yield [change];
    }
  }

  *#replicas({ root }: Wanted, operation: Operation & { value: unknown }): Generator<Change[]> {
    for (const file of [...(this.#roots.get(root)?.files ?? [])].filter(isKustomization).toReversed()) {
      const text = this.texts.get(file) ?? '';
      const entries = parseManifest(file, text).documents[0]?.json.replicas;
      for (const i of Array.isArray(entries) ? entries.keys() : []) {
        const own: Operation = { op: 'replace', path: `/replicas/${i}/count`, value: operation.value as number };
        yield [{ file, text: editKustomization(file, text, own), done: { document: 0, operations: [own] } }];
      }
    }
  }

  /** Entries under `images`: they have the last word on a container's image, and each says a tag or a digest. */
  *#images({ root }: Wanted, { path, value }: Extract<Operation, { value: unknown }>): Generator<Change[]> {
    if (!path.endsWith('/image') || typeof value !== 'string') return;
    for (const file of [...(this.#roots.get(root)?.files ?? [])].filter(isKustomization).toReversed()) {
      const text = this.texts.get(file) ?? '';
      const { json, index: document = 0 } = parseManifest(file, text).documents[0] ?? {};
      for (const [i, entry] of (Array.isArray(json?.images) ? json.images : []).entries()) {
        const own = isObject(entry) ? imageOperations(entry, value, `/images/${i}`) : [];
        const change = own.length > 0 ? this.#inText({ file, document }, text, own) : undefined;
        if (change !== undefined) yield [change];
      }
    }
  }

  /** Operations of JSON 6902 patches that set the field, or what holds it: the last one counts. */
  *#operations({ root }: Wanted, operation: Extract<Operation, { value: unknown }>): Generator<Change[]> {
    const tree = treeOf(this.texts);
    for (const file of [...(this.#roots.get(root)?.files ?? [])].filter(isKustomization)) {
      const folder = posix.dirname(file);
      for (const entry of entriesOf(file, this.texts.get(file) ?? '')) {
        const patch = patchTextOf(tree, folder === '.' ? '' : folder, entry);
        const operations = patch && operationsOf(patch);
        for (const [i, { path, op }] of [...(operations?.entries() ?? [])].toReversed()) {
          if (!/^(?:add|replace)$/.test(op) || !`${operation.path}/`.startsWith(`${path}/`)) continue;
          const rest = operation.path.slice(path.length);
          const at = { path: `/${i}/value${rest}`, value: operation.value };
          const own: Operation = rest === '' ? { op: 'replace', ...at } : { op: operation.op, ...at };
          const change = patch && this.#inText({ ...patch, document: 0 }, patch.text, [own]);
          if (change !== undefined) yield [change];
        }
      }
    }
  }

  /** The text that a part stands in: a file's, or one inside a kustomization. */
  #text({ file, inline }: Part): string | undefined {
    const text = this.texts.get(file);
    if (text === undefined || inline === undefined) return text;
    const inner = valueAt(parseManifest(file, text).documents[0]?.json, parsePointer(inline));
    return typeof inner === 'string' ? inner : undefined;
  }

  #read(part: Part): JsonObject | undefined {
    const text = this.#text(part);
    const documents = text === undefined ? [] : parseManifest(part.file, text).documents;
    const json = documents.find(({ index }) => index === part.document)?.json;
    const found = valueAt(json, parsePointer(part.base));
    return isObject(found) ? found : undefined;
  }

  #edit(part: Part, object: JsonObject, operation: Operation): Change | undefined {
    const document = this.#read(part);
    const operations = document && inDocument(document, object, operation);
    const text = this.#text(part);
    if (operations === undefined || text === undefined) return undefined;
    const rebased = operations.map((own) => ({ ...own, path: part.base + own.path }));
    return this.#inText(part, text, rebased);
  }

  /** Operations on a document of a text that is a file's, or stands inside a kustomization; undefined where it does not take them. */
  #inText(
    { file, document, inline }: Omit<Part, 'base'>,
    text: string,
    operations: readonly Operation[],
  ): Change | undefined {
    try {
      const edited = editDocument(text, document, operations);
      if (inline === undefined) return { file, text: edited, done: { document, operations: [...operations] } };
      const outer: Operation = { op: 'replace', path: inline, value: edited };
      const whole = editKustomization(file, this.texts.get(file) ?? '', outer);
      return { file, text: whole, done: { document: 0, operations: [outer] } };
    } catch (error) {
      if (error instanceof OpslineError) return undefined;
      throw error;
    }
  }

  /** A patch of its own in the kustomization's folder. */
  *#newPatch(wanted: Wanted, operations: readonly Operation[]): Generator<Change[]> {
    const { object, origin } = this.#object(wanted);
    const own = origin && this.#read({ file: origin.file, document: origin.document, base: origin.base });
    const namespace = isObject(own?.metadata) ? own.metadata.namespace : undefined;
    const after = applyOperations(object, operations) as JsonObject;
    const { policies } = wanted;
    for (const patch of newPatches(this.texts, wanted.root, {
      before: object,
      after,
      operations,
      namespace,
      policies,
    })) {
      const { file, text, kustomization, operation } = patch;
      const edited = editKustomization(kustomization, this.texts.get(kustomization) ?? '', operation);
      yield [
        { file, text },
        { file: kustomization, text: edited, done: { document: 0, operations: [operation] } },
      ];
    }
  }

  /** Builds again with the changes, and keeps them when every difference is one that was wanted. */
  #try(
    changes: readonly Change[],
    wanted: Wanted,
    operations: readonly Operation[],
    left: Map<Wanted, Operation[]>,
    touched: Map<number, Set<string>>,
  ): boolean {
    const texts = new Map(this.texts);
    for (const { file, text } of changes) texts.set(file, text);
    const tree = treeOf(texts);
    const built: Root[] = [];
    const happy: { other: Wanted; done: readonly Operation[] }[] = [];
    for (const root of this.#roots.values()) {
      const concerned = changes.some(({ file }) => root.files.has(file) || kustomizationIn(tree, root.id) === file);
      if (!concerned) continue;
      const now: Root = { id: root.id, ...buildKustomization(tree, root.id) };
      if (now.objects.length !== root.objects.length || now.notDone.length > root.notDone.length) return false;
      for (const [position, object] of now.objects.entries()) {
        const before = root.objects[position] as JsonObject;
        if (equalJson(before, object)) continue;
        const other = [...left.keys()].find((one) => one.root === root.id && one.position === position);
        const wants =
          other === undefined ? undefined : other === wanted ? operations : sameOf(operations, left.get(other));
        if (other === undefined || wants === undefined || keyOf(before) !== keyOf(object)) return false;
        if (!equalJson(object, wants.reduce(applyOperation, before as never))) return false;
        happy.push({ other, done: wants });
      }
      built.push(now);
    }
    if (!happy.some(({ other }) => other === wanted)) return false;
    for (const { file, text, done } of changes) {
      this.texts.set(file, text);
      if (done === undefined) continue;
      const list = this.operations.get(file) ?? [];
      const same = list.find(({ document }) => document === done.document);
      if (same) same.operations.push(...done.operations);
      else list.push({ document: done.document, operations: [...done.operations] });
      this.operations.set(file, list);
    }
    for (const root of built) this.#roots.set(root.id, root);
    for (const { other, done } of happy) {
      left.set(
        other,
        (left.get(other) ?? []).filter((operation) => !done.includes(operation)),
      );
      for (const { file } of changes) touched.get(other.resource)?.add(file);
    }
    return true;
  }
}

/** What makes an entry of `images` give an image its reference: another tag or digest, and name where the entry says one. */
function imageOperations(entry: JsonObject, image: string, base: string): Operation[] {
  const { name, tag, digest } = imageParts(image);
  // kustomize takes the digest of an entry that has both, and drops the tag.
  const wanted = { newName: name, ...(digest === undefined ? { newTag: tag } : { digest }) };
  return Object.entries(wanted).flatMap(([key, value]): Operation[] => {
    const path = `${base}/${key}`;
    if (value === undefined || value === entry[key] || (key === 'newName' && value === entry.name)) return [];
    return [key in entry ? { op: 'replace', path, value } : { op: 'add', path, value }];
  });
}

function some<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (holds(item)) return true;
  return false;
}

/** The same operations among those that another object still wants; undefined when one is not. */
function sameOf(operations: readonly Operation[], among: readonly Operation[] = []): Operation[] | undefined {
  const found = operations.map((operation) => among.find((other) => equalJson(other, operation)));
  return found.every((operation) => operation !== undefined) ? found : undefined;
}
