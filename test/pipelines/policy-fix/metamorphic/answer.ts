import { stringify } from 'yaml';
import { policyFix } from '../../../../pipelines/policy-fix/index.ts';
import { FixResult } from '../../../../pipelines/policy-fix/schema.ts';
import { noModel } from '../../../../src/model/predictor.ts';
import type { KubeObject } from '../../../../src/policy/violation.ts';
import { runInProcess } from '../../../../src/runs/in-process.ts';
import { patched } from '../walk.ts';
import { type Case, documentsOf } from './cases.ts';

/** What matters of a result: outcome, the objects after all edits, and what is asked with which choices. */
export interface Answer {
  readonly outcome: string;
  readonly objects: readonly KubeObject[];
  readonly asked: readonly { readonly object: string; readonly path: string; readonly choices: readonly unknown[] }[];
  /** The file after all edits. */
  readonly text: string;
}

export const written = (documents: readonly KubeObject[]): string =>
  documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false, version: '1.1', lineWidth: 0 }))
    .join('---\n');

export const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata?.name}`;

/** The objects of documents, those inside a `List` among them. */
export const flat = (documents: readonly KubeObject[]): KubeObject[] =>
  documents.flatMap((document) =>
    document.kind === 'List' ? ((document as unknown as { items: KubeObject[] }).items ?? []) : [document],
  );

/** Runs the pipeline on a case, by rules alone. Throws where the run fails. */
export async function answerTo({ policies, objects, text, policyText }: Case): Promise<Answer> {
  const manifest = text ?? written(objects);
  const record = await runInProcess(
    policyFix,
    {
      manifests: [{ file: 'given.yaml', text: manifest }],
      policies: [{ file: 'policy.yaml', text: policyText ?? written(policies) }],
    },
    { predictor: noModel() },
  );
  if (record.run.error) throw new Error(JSON.stringify(record.run.error));
  const result = FixResult.parse(record.run.output);
  const after = patched(manifest, result, 'given.yaml');
  const named = (object: { kind: string; name: string }): string => `${object.kind}/${object.name}`;
  return {
    outcome: result.outcome,
    objects: flat(documentsOf(after)),
    asked: result.resources.flatMap(({ object, decisions }) =>
      decisions.map(({ path, choices }) => ({
        object: named(object),
        path,
        choices: choices.map(({ value }) => value),
      })),
    ),
    text: after,
  };
}
