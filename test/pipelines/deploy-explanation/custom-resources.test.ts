import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { described } from '../../helpers/described.ts';

/**
 * Kinds that opsline has no knowledge of, each with the status that its operator writes. A new resource needs an entry in
 * `custom-resources/*.yaml` and no code: `says` are the words that a person must read of it.
 */
interface Entry {
  says?: string;
  /** What is to be changed, where the resource names something else. */
  about?: { kind: string; name: string };
  is?: 'progressing' | 'suspended';
  resource: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };
}

function entries(file: string): (Entry & { title: string })[] {
  const list = parse(readFileSync(join(import.meta.dirname, 'custom-resources', file), 'utf8')) as Entry[];
  return list.map((entry) => ({
    ...entry,
    title: `${entry.resource.apiVersion} ${entry.resource.kind} ${entry.resource.metadata.name}`,
  }));
}

const FORMS = {
  yaml: (resource: Entry['resource']) => stringify(resource),
  json: (resource: Entry['resource']) =>
    `$ kubectl get ${resource.kind.toLowerCase()} -A -o json\n${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [resource] }, null, 4)}`,
  describe: described,
};
type Form = keyof typeof FORMS;

async function explained({ resource }: Entry, as: Form): Promise<Explanation> {
  const evidence = [{ name: `resource.${as}`, text: FORMS[as](resource) }];
  const record = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(record.run.error).toBeUndefined();
  return record.run.output as Explanation;
}

describe.each(['yaml', 'json', 'describe'] as const)('as %s', (form) => {
  test.each(entries('unwell.yaml'))('$title is unwell', async (entry) => {
    const { verdict, rootCause, findings } = await explained(entry, form);
    expect(['failed', 'degraded']).toContain(verdict);
    const { kind, metadata } = entry.resource;
    expect(rootCause?.object).toMatchObject(entry.about ?? { kind, name: metadata.name });
    const root = findings.find(({ kind, summary }) => kind === rootCause?.kind && summary === rootCause.summary);
    const quotes = root?.citations.map(({ quote }) => quote) ?? [];
    // Text wraps and escapes lines as it likes; words are what a person reads.
    const words = [rootCause?.summary ?? '', ...quotes].join('\n').replaceAll(/\\"/g, '"').replaceAll(/\s+/g, ' ');
    expect(words).toContain(entry.says);
  });

  test.each(entries('well.yaml'))('$title is well', async (entry) => {
    const { verdict, timeline } = await explained(entry, form);
    expect(verdict).toBe('healthy');
    expect(timeline.filter(({ role }) => role === 'first-error')).toEqual([]);
  });

  test.each(entries('under-way.yaml'))('$title is $is', async (entry) => {
    const { verdict } = await explained(entry, form);
    expect(entry.is === 'suspended' ? ['healthy', 'progressing'] : ['progressing']).toContain(verdict);
  });
});
