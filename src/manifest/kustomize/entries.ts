import { isObject, type Json, type JsonObject } from '../json.ts';
import { parseManifest } from '../parse.ts';
import { formatPointer } from '../patch.ts';
import { operationsIn } from './build.ts';
import { inFolder, type TextTree } from './files.ts';

/** Fields of a kustomization whose entries change objects that others gave, in the order in which kustomize follows them. */
const LISTS = ['patchesStrategicMerge', 'patches', 'patchesJson6902', 'replicas', 'labels', 'images'] as const;
const MAPS = ['commonLabels', 'commonAnnotations'] as const;

/** One entry of a kustomization that changes objects. */
export interface Entry {
  readonly kustomization: string;
  /** Pointer of it in the kustomization. */
  readonly pointer: string;
  readonly value: Json;
  /** The kustomization as JSON text without it. */
  without(): string;
}

function lacking(json: JsonObject, field: string, at: number | string): JsonObject {
  const whole = json[field];
  if (Array.isArray(whole)) return { ...json, [field]: whole.filter((_, i) => i !== at) };
  return { ...json, [field]: Object.fromEntries(Object.entries(whole as JsonObject).filter(([key]) => key !== at)) };
}

/** The entries of a kustomization, those that have the last word first. */
export function entriesOf(kustomization: string, text: string): Entry[] {
  const json = parseManifest(kustomization, text).documents[0]?.json ?? {};
  const found = [...LISTS, ...MAPS].flatMap((field) => {
    const whole = json[field];
    const items: [number | string, Json][] = Array.isArray(whole)
      ? [...whole.entries()]
      : isObject(whole)
        ? Object.entries(whole)
        : [];
    return items.map(
      ([at, value]): Entry => ({
        kustomization,
        pointer: formatPointer([field, at]),
        value,
        without: () => JSON.stringify(lacking(json, field, at)),
      }),
    );
  });
  return found.toReversed();
}

/** The text of a patch: in a file of its own, or inside the kustomization at `inline`. */
export interface PatchText {
  readonly file: string;
  readonly inline?: string;
  readonly text: string;
}

/** Where the text of an entry stands that is a patch; undefined for other entries and for a file that is not there. */
export function patchTextOf(
  tree: TextTree,
  folder: string,
  { kustomization, pointer, value }: Entry,
): PatchText | undefined {
  if (!pointer.startsWith('/patches')) return undefined;
  const patch = isObject(value) ? (value.patch ?? value.path) : value;
  if (typeof patch !== 'string') return undefined;
  const file = patch.includes('\n') ? undefined : inFolder(folder, patch);
  if (file !== undefined && tree.identity(file) !== undefined) {
    const text = tree.text(file);
    return text === undefined ? undefined : { file, text };
  }
  return { file: kustomization, inline: isObject(value) ? `${pointer}/patch` : pointer, text: patch };
}

/** The operations of a patch's text; undefined for a strategic merge patch, and for what is no patch. */
export function operationsOf({ file, text }: PatchText): ReturnType<typeof operationsIn> {
  try {
    return operationsIn(file, text);
  } catch {
    return undefined;
  }
}
