import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployExplanationHereOn } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { resolves } from '../../../src/evidence/cite.ts';
import { customIsWell, isWell } from '../../../src/evidence/cluster/unwell.ts';
import { parseObjects } from '../../../src/evidence/parse/objects.ts';
import { at, type Json, text } from '../../../src/json.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { type StoredLog, stored } from '../../evidence/cluster/stored-api.ts';
import { pod, refused, unrulyApi } from '../../evidence/cluster/unruly-api.ts';

/** Faults of the catalogue that exist as objects: read from an API, each must get the answer that its files get. */
const ROOT = join(import.meta.dirname, '../../faults');

interface Expected {
  question?: string;
  verdict: string;
  kind?: string;
}

const faults = (await readdir(ROOT, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && entry.name === 'yaml')
  .map((entry) => entry.parentPath)
  .filter((path) => !/\/(build|infrastructure)\//.test(path))
  .sort();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-live-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(path: string): Promise<{ objects: Json[]; logs: StoredLog[] }> {
  const objects: Json[] = [];
  const logs: StoredLog[] = [];
  for (const name of await readdir(path)) {
    const content = await readFile(join(path, name), 'utf8');
    if (name.endsWith('.log')) {
      const pod = name.replace(/(?:[._-]previous)?\.log$/, '');
      logs.push({ pod, previous: true, text: content }, { pod, previous: false, text: content });
    } else for (const part of content.split(/^---$/m)) objects.push(...parseObjects(part));
  }
  return { objects, logs };
}

function mostly(objects: readonly Json[]): string {
  const counts = new Map<string, number>();
  for (const item of objects) {
    const own = text(at(item, item.kind === 'Event' ? 'involvedObject' : 'metadata', 'namespace'));
    const where = item.kind === 'Application' ? text(at(item, 'spec', 'destination', 'namespace')) : own;
    if (where !== undefined) counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'shop';
}

async function explained(server: string, question: { namespace?: string; question?: string }): Promise<Explanation> {
  const kubeconfig = join(folder, 'config');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'c', context: { cluster: 'c' } }],
      'current-context': 'c',
    }),
  );
  const pipeline = deployExplanationHereOn(() => ({ kind: 'kubeconfig', path: kubeconfig }));
  const { run } = await runInProcess(pipeline, { cluster: 'c', ...question }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

test.each([
  ['unknown', 'breaks off', refused(500, 'InternalError', 'etcd is slow')],
  ['healthy', 'is withheld', refused(403, 'Forbidden', 'not for you')],
] as const)('the verdict is %s where all is well, but a list %s', async (verdict, _, instead) => {
  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
  };
  const all = stored([{ apiVersion: 'v1', kind: 'Pod', ...pod('web-1') }, autoscaler], [], 'shop');
  await using api = await unrulyApi((asked) =>
    asked.path.endsWith('/horizontalpodautoscalers') ? instead : all(asked),
  );
  const output = await explained(api.access.cluster.server, { namespace: 'shop' });
  expect(output.verdict).toBe(verdict);
  expect(output.notSeen.join()).toContain('horizontalpodautoscalers in shop');
});

describe.each(faults.map((path) => ({ name: path.slice(ROOT.length + 1), path })))('$name', ({ path }) => {
  test.each(['in its namespace', 'anywhere'])('%s', async (where) => {
    const expected = JSON.parse(await readFile(join(path, 'expected.json'), 'utf8')) as Expected;
    const { objects, logs } = await read(join(path, 'yaml'));
    const namespace = mostly(objects);
    // Some faults are told by events alone, which are too old for a search.
    const searched = objects.some((item) => item.kind !== 'ReplicaSet' && (!isWell(item) || !customIsWell(item)));
    if (where === 'anywhere' && !searched) return;
    await using api = await unrulyApi(stored(objects, logs, namespace));
    const output = await explained(api.access.cluster.server, {
      ...(where === 'anywhere' ? {} : { namespace }),
      ...(expected.question === undefined ? {} : { question: expected.question }),
    });
    expect({ verdict: output.verdict, kind: output.rootCause?.kind }).toEqual({
      verdict: expected.verdict,
      kind: expected.kind,
    });
    const items = new Map(output.evidence.map((item) => [item.id, item]));
    for (const finding of output.findings)
      for (const citation of finding.citations) expect(resolves(citation, items)).toBe(true);
  });
});
