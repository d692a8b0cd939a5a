import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../../pipelines/deploy-explanation/markdown.ts';
import { millisOf } from '../../../pipelines/deploy-explanation/moments.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { momentText } from '../../../pipelines/deploy-explanation/when.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explain(...texts: string[]): Promise<Explanation> {
  const evidence = texts.map((text, index) => ({ name: `part-${index}.txt`, text }));
  const { run } = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

const replicaSet = `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: api-6c9d8f7b54
  namespace: shop
  creationTimestamp: "2026-11-02T09:00:00Z"
  ownerReferences: [{kind: Deployment, name: api}]
spec: {replicas: 1}`;

const log = [
  '2026-11-02T08:59:00Z ERROR an old hiccup',
  '2026-11-02T09:00:07Z INFO starting',
  '2026-11-02T11:00:08+02:00 ERROR env var PAYMENT_URL is not set',
  '2026-11-02T09:00:09Z INFO bye',
].join('\n');

const events = `LAST SEEN   TYPE      REASON      OBJECT                     MESSAGE
9m          Normal    Scheduled   pod/api-6c9d8f7b54-x2x9q   Successfully assigned shop/api-6c9d8f7b54-x2x9q to node-1
8s          Warning   BackOff     pod/api-6c9d8f7b54-x2x9q   Back-off restarting failed container api in pod api-6c9d8f7b54-x2x9q`;

test('what happened is in order, whatever text says it and in whatever zone; what has only an age comes after', async () => {
  const output = await explain(events, log, replicaSet);
  expect(output.rootCause?.kind).toBe('environment-variable-missing');
  const order = output.timeline.map(({ time, age }) => time ?? age);
  expect(order).toEqual(['2026-11-02T08:59:00.000Z', '2026-11-02T09:00:00.000Z', '2026-11-02T09:00:08.000Z', 540, 8]);
  expect(output.timeline.map(({ role }) => role)).toEqual([undefined, 'deploy', 'first-error', undefined, undefined]);
  const items = new Map(output.evidence.map((item) => [item.id, item]));
  for (const { evidence, lines, source, text } of output.timeline) {
    const item = items.get(evidence);
    expect(item?.source).toEqual(source);
    expect(lines?.from).toBeGreaterThanOrEqual(item?.lines.from ?? Number.POSITIVE_INFINITY);
    expect(lines?.to).toBeLessThanOrEqual(item?.lines.to ?? 0);
    expect(text).not.toContain('\n');
  }
});

test('text and Markdown tell the deploy and the first error, and no more', async () => {
  const output = await explain(events, log, replicaSet);
  const shown = renderExplanation(output, { color: false });
  expect(shown).toContain('\nWhen\n  2026-11-02 09:00:00Z  deploy  ReplicaSet shop/api-6c9d8f7b54: created\n');
  expect(shown).not.toContain('an old hiccup');
  const markdown = renderMarkdown(output);
  expect(markdown).toContain('### When\n\n- 2026-11-02 09:00:00Z deploy: ReplicaSet shop/api-6c9d8f7b54: created\n');
});

test('a large text is not shown for the sake of the timeline', async () => {
  const rows = Array.from(
    { length: 2000 },
    (_, index) => `${index + 1}s  Normal  Pulled  pod/job-${index}  Pulled the image`,
  );
  const output = await explain(['LAST SEEN  TYPE  REASON  OBJECT  MESSAGE', ...rows].join('\n'), log);
  expect(rows.join('\n').length).toBeGreaterThan(64 * 1024);
  expect(output.rootCause?.kind).toBe('environment-variable-missing');
  expect(output.evidence.map(({ source }) => source.name)).toEqual(['part-1.txt']);
});

test('with ages alone the axis is that of ages', async () => {
  const { timeline } = await explain(events);
  expect(timeline.map(({ age, role }) => [age, role])).toEqual([
    [540, undefined],
    [8, 'first-error'],
  ]);
});

test('a sync that failed and its conditions are on it; nothing failed, nothing is told', async () => {
  const application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd' },
    status: {
      health: { status: 'Degraded' },
      sync: { status: 'OutOfSync' },
      operationState: {
        phase: 'Failed',
        message: 'one or more objects failed to apply',
        startedAt: '2026-11-02T09:00:00Z',
        finishedAt: '2026-11-02T09:00:05Z',
        syncResult: { revision: 'c0ffee0000000000000000000000000000000001', resources: [] },
      },
    },
  };
  const { timeline } = await explain(JSON.stringify(application, null, 2));
  expect(timeline.map(({ text, role }) => [text, role])).toEqual([
    ['Application argocd/shop: sync of c0ffee0000 began', 'deploy'],
    ['Application argocd/shop: sync Failed: one or more objects failed to apply', 'first-error'],
  ]);
  const calm = await explain('2026-11-02T09:00:07Z INFO all is well');
  expect(renderExplanation(calm, { color: false })).not.toContain('\nWhen\n');
});

test('the timeline is bounded, and keeps what is cited', async () => {
  const lines = Array.from(
    { length: 200 },
    (_, index) =>
      `${index + 1}m  Warning  BackOff  pod/job-${index}-abcde  Back-off restarting failed container c in pod job-${index}-abcde`,
  );
  const output = await explain(['LAST SEEN  TYPE  REASON  OBJECT  MESSAGE', ...lines].join('\n'), log);
  expect(output.timeline.length).toBeLessThanOrEqual(40);
  expect(output.timeline.map(({ text }) => text).join('\n')).toContain('PAYMENT_URL');
});

describe('a time as tools print it', () => {
  test.each([
    ['2026-11-02T13:27:38Z', '2026-11-02T13:27:38.000Z'],
    ['2026-11-02T13:27:38.152123456Z', '2026-11-02T13:27:38.152Z'],
    ['2026-11-02 13:27:38,5', '2026-11-02T13:27:38.500Z'],
    ['2026-11-02T13:27:38+0130', '2026-11-02T11:57:38.000Z'],
    ['2026-11-02 13:27:38 +0000 UTC', '2026-11-02T13:27:38.000Z'],
    ['Mon, 02 Nov 2026 13:27:38 +0100', '2026-11-02T12:27:38.000Z'],
    ['1793625458000000000', '2026-11-02T13:17:38.000Z'],
  ])('%s', (stamp, expected) => {
    expect(new Date(millisOf(stamp) ?? 0).toISOString()).toBe(expected);
  });

  test.each(['', 'yesterday', '12', '0001-01-01T00:00:00Z', '2026-13-45T99:99:99Z', undefined])(
    '%s is none',
    (stamp) => {
      expect(millisOf(stamp)).toBeUndefined();
    },
  );

  test.each([
    [{ age: 45 }, '45 s before'],
    [{ age: 540 }, '9 min before'],
    [{ age: 7199 }, '119 min before'],
    [{ age: 200_000 }, '2 d before'],
    [{ time: '2026-11-02T13:27:38.152Z' }, '2026-11-02 13:27:38Z'],
  ])('%o is said as %s', (when, said) => {
    const moment = { evidence: 'E1', source: { kind: 'log' as const, name: 'x' }, text: '', trouble: false };
    expect(momentText({ ...moment, ...when })).toBe(said);
  });
});
