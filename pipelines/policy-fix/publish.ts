import { OpslineError } from '../../src/errors.ts';
import { unifiedDiff } from '../../src/manifest/diff.ts';
import { TextEditor } from '../../src/manifest/edit.ts';
import type { Operation } from '../../src/manifest/patch.ts';
import { compile } from './edits.ts';
import type { Progress } from './search.ts';
import { type DocumentOperations, Placer, type Wanted } from './sources/place.ts';
import { rootsOf, type SourceText } from './sources/read.ts';
import type { Resource, Workspace } from './workspace.ts';

/** The operations of a resource as its document sees them: items of a `List` lie deeper. */
export function rebase(base: string, operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation, path: base + operation.path }));
}

export interface Published {
  /** Text of every file with its patches; those behind the workspace's own are new. */
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly patches: { file: string; diff: string; operations: DocumentOperations[] }[];
  /** Resources whose file could not be edited, and why. */
  readonly refused: readonly { readonly resource: number; readonly why: string }[];
  /** Files in which each resource is mended. */
  readonly touched: readonly { readonly resource: number; readonly files: readonly string[] }[];
}

/** The operations of an object, in whichever namespaces it is looked at. */
const operationsOf = (all: readonly Progress[]): Operation[] =>
  compile(
    (all[0] as Progress).original,
    all.flatMap(({ accepted }) => accepted.flatMap(({ edits }) => edits)),
  );

/** Those of one piece of the files together. */
function grouped(workspace: Workspace, progresses: readonly Progress[]): (readonly [Progress, ...Progress[]])[] {
  const placeOf = ({ resource }: Progress): string => {
    const { file, document, base, rendered } = workspace.resources[resource] as Resource;
    return JSON.stringify(rendered ?? [file, document, base]);
  };
  return [...Map.groupBy(progresses, placeOf).values()] as [Progress, ...Progress[]][];
}

/** An edit of a built object, as the placer takes it. */
export function wantedOf(
  workspace: Workspace,
  { resource, before }: Progress,
  operations: readonly Operation[],
): Wanted {
  const { root, position } = workspace.resources[resource]?.rendered ?? { root: '', position: -1 };
  const policies = [...new Set([...before.keys()].map((key) => key.split('|')[2] ?? ''))];
  return { resource, root, position, operations, policies };
}

/** Writes accepted edits into the files' texts, untouched lines kept byte for byte. */
export function publish(workspace: Workspace, progresses: readonly Progress[]): Published {
  const texts = new Map(workspace.files.map(({ file, text }) => [file, text]));
  const editors = new Map<string, TextEditor>();
  const refused: { resource: number; why: string }[] = [];
  const touched: { resource: number; files: string[] }[] = [];
  const operations = new Map<string, DocumentOperations[]>();
  const groups = grouped(workspace, progresses);
  const isRendered = ({ resource }: Progress) => workspace.resources[resource]?.rendered !== undefined;
  for (const group of groups) {
    const [progress] = group;
    if (isRendered(progress)) continue;
    const { file, document, base } = workspace.resources[progress.resource] as Resource;
    const own = rebase(base, operationsOf(group));
    if (own.length === 0) continue;
    try {
      const editor = editors.get(file) ?? new TextEditor(texts.get(file) ?? '');
      editors.set(file, editor);
      editor.edit(document, own);
    } catch (error) {
      if (!(error instanceof OpslineError)) throw error;
      refused.push(...group.map(({ resource }) => ({ resource, why: error.message })));
      continue;
    }
    touched.push(...group.map(({ resource }) => ({ resource, files: [file] })));
    const list = operations.get(file) ?? [];
    const same = list.find((entry) => entry.document === document);
    if (same) same.operations.push(...own);
    else list.push({ document, operations: own });
    operations.set(file, list);
  }
  for (const [file, editor] of editors) texts.set(file, editor.text);
  const placer = new Placer(texts, rootsOf(workspace.files), operations);
  const built = groups.filter(([first]) => isRendered(first));
  const wanted = built.map((group) => wantedOf(workspace, group[0], operationsOf(group)));
  const sameAs = (resource: number): readonly Progress[] => built.find(([first]) => first.resource === resource) ?? [];
  const placed = placer.place(wanted.filter(({ operations: own }) => own.length > 0));
  for (const [at, files] of placed.touched)
    touched.push(...sameAs(at).map(({ resource }) => ({ resource, files: [...files] })));
  return {
    files: [...placer.texts].map(([file, text]) => ({ file, text })),
    patches: patchesOf(new Map(workspace.files.map(({ file, text }) => [file, text])), placer),
    refused: [
      ...refused,
      ...placed.refused.flatMap(({ resource: at, why }) => sameAs(at).map(({ resource }) => ({ resource, why }))),
    ],
    touched,
  };
}

/** What was published without the files that say what they said before. */
export function withoutUnchanged(published: Published, before: readonly SourceText[]): Published {
  const texts = new Map(before.map(({ file, text }) => [file, text]));
  return { ...published, files: published.files.filter(({ file, text }) => texts.get(file) !== text) };
}

/** All files again: those before, as far as they were not changed, and the new ones behind them. */
export function withUnchanged(published: Published, before: readonly SourceText[]): Published {
  const changed = new Map(published.files.map((file) => [file.file, file]));
  const names = new Set(before.map(({ file }) => file));
  return {
    ...published,
    files: [
      ...before.map((file) => changed.get(file.file) ?? file),
      ...published.files.filter(({ file }) => !names.has(file)),
    ],
  };
}

/** A placer on top of files as they were published, to try choices in. */
export function placerOn(files: readonly SourceText[]): Placer {
  return new Placer(new Map(files.map(({ file, text }) => [file, text])), rootsOf(files));
}

/** The patches from some texts to those of a placer. */
export function patchesOf(before: ReadonlyMap<string, string>, { texts, operations }: Placer): Published['patches'] {
  return [...texts].flatMap(([file, text]) => {
    const diff = unifiedDiff(file, before.get(file), text);
    return diff === '' ? [] : [{ file, diff, operations: operations.get(file) ?? [] }];
  });
}
