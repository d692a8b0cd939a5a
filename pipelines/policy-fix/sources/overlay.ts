import { posix } from 'node:path';
import { stringify } from 'yaml';
import { editDocument } from '../../../src/manifest/edit.ts';
import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import { strategicDiff } from '../../../src/manifest/kustomize/diff.ts';
import { kustomizationIn } from '../../../src/manifest/kustomize/files.ts';
import { mergesLists } from '../../../src/manifest/kustomize/merge.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import type { Operation } from '../../../src/manifest/patch.ts';
import { treeOf } from './read.ts';

export interface NewPatch {
  readonly file: string;
  readonly text: string;
  readonly kustomization: string;
  readonly operation: Operation;
}

interface PatchedObject {
  /** As the kustomization builds it now. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly operations: readonly Operation[];
  /** Namespace where it stands in its own file, if it says one. */
  readonly namespace: Json | undefined;
  readonly policies: readonly string[];
}

/** What objects are called before a kustomization gives them its prefix and suffix. */
function nameBefore(name: string, { namePrefix, nameSuffix }: JsonObject): string {
  const prefix = typeof namePrefix === 'string' ? namePrefix : '';
  const suffix = typeof nameSuffix === 'string' ? nameSuffix : '';
  const inside = name.startsWith(prefix) && name.endsWith(suffix) && name.length > prefix.length + suffix.length;
  return inside ? name.slice(prefix.length, name.length - suffix.length) : name;
}

/**
 * New patches of an object for the kustomization of a folder, the likelier first: a strategic merge patch for the API's own
 * types, then RFC 6902 operations; by kind and name, then with its namespace. None where there is no kustomization.
 */
export function newPatches(texts: ReadonlyMap<string, string>, folder: string, object: PatchedObject): NewPatch[] {
  const kustomization = kustomizationIn(treeOf(texts), folder);
  const [document] =
    kustomization === undefined ? [] : parseManifest(kustomization, texts.get(kustomization) ?? '').documents;
  if (kustomization === undefined || document === undefined) return [];
  const { before, after, operations, namespace, policies } = object;
  const metadata = isObject(before.metadata) ? before.metadata : {};
  const kind = String(before.kind);
  const name = nameBefore(String(metadata.name), document.json);
  const comment = ` Satisfies ${policies.map((policy) => policy.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')).join(', ')}\n`;
  const write = (value: unknown): string =>
    `#${comment}${stringify(value, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })}`;
  const diff = strategicDiff(before, after);
  const { metadata: changed, ...rest } = diff;
  const strategic = write({
    apiVersion: before.apiVersion,
    kind,
    metadata: { name, ...(isObject(changed) ? changed : {}) },
    ...rest,
  });
  const forms = [...(mergesLists(before.apiVersion) ? [strategic] : []), write(operations)];
  const stem = posix.join(folder, `policy-fix-${kind}-${name}`.toLowerCase().replace(/[^a-z0-9.-]+/g, '-'));
  let file = `${stem}.yaml`;
  for (let i = 2; texts.has(file); i++) file = `${stem}-${i}.yaml`;
  const targets = [{ kind, name }, ...(typeof namespace === 'string' ? [{ kind, name, namespace }] : [])];
  return targets.flatMap((target) =>
    forms.map((text): NewPatch => {
      const entry = { path: posix.basename(file), target };
      const operation: Operation = Array.isArray(document.json.patches)
        ? { op: 'add', path: '/patches/-', value: entry }
        : { op: 'add', path: '/patches', value: [entry] };
      return { file, text, kustomization, operation };
    }),
  );
}

/** A kustomization's text with one more operation. */
export function editKustomization(file: string, text: string, operation: Operation): string {
  return editDocument(text, parseManifest(file, text).documents[0]?.index ?? 0, [operation]);
}
