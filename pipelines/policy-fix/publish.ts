import { OpslineError } from '../../src/errors.ts';
import { unifiedDiff } from '../../src/manifest/diff.ts';
import { TextEditor } from '../../src/manifest/edit.ts';
import type { Operation } from '../../src/manifest/patch.ts';
import { compile } from './edits.ts';
import type { Progress } from './search.ts';
import type { Resource, Workspace } from './workspace.ts';

/** The operations of a resource as its document sees them: items of a `List` lie deeper. */
export function rebase(base: string, operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation, path: base + operation.path }));
}

export interface Published {
  /** Text of every file with its patches. */
  readonly files: readonly { readonly file: string; readonly text: string }[];
  readonly patches: { file: string; diff: string; operations: { document: number; operations: Operation[] }[] }[];
  /** Resources whose file could not be edited, and why. */
  readonly refused: readonly { readonly resource: number; readonly why: string }[];
}

/** Writes accepted edits into the files' texts, untouched lines kept byte for byte. */
export function publish(workspace: Workspace, progresses: readonly Progress[]): Published {
  const texts = new Map(workspace.files.map(({ file, text }) => [file, text]));
  const editors = new Map<string, TextEditor>();
  const refused: { resource: number; why: string }[] = [];
  const operations = new Map<string, { document: number; operations: Operation[] }[]>();
  for (const progress of progresses) {
    const { file, document, base } = workspace.resources[progress.resource] as Resource;
    const own = rebase(
      base,
      compile(
        progress.original,
        progress.accepted.flatMap(({ edits }) => edits),
      ),
    );
    if (own.length === 0) continue;
    try {
      const editor = editors.get(file) ?? new TextEditor(texts.get(file) ?? '');
      editors.set(file, editor);
      editor.edit(document, own);
    } catch (error) {
      if (!(error instanceof OpslineError)) throw error;
      refused.push({ resource: progress.resource, why: error.message });
      continue;
    }
    const list = operations.get(file) ?? [];
    const same = list.find((entry) => entry.document === document);
    if (same) same.operations.push(...own);
    else list.push({ document, operations: own });
    operations.set(file, list);
  }
  for (const [file, editor] of editors) texts.set(file, editor.text);
  const patches = workspace.files.flatMap(({ file, text }) => {
    const diff = unifiedDiff(file, text, texts.get(file) ?? text);
    return diff === '' ? [] : [{ file, diff, operations: operations.get(file) ?? [] }];
  });
  return { files: [...texts].map(([file, text]) => ({ file, text })), patches, refused };
}
