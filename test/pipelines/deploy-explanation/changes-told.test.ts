import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const PODS = `kubectl_get_by_kind_in_namespace(kind=pod, namespace=salt)
NAME                          READY   STATUS             RESTARTS      AGE
pan-meter-6b5f7c9d8-k2xqv     0/1     CrashLoopBackOff   9 (20s ago)   47m
`;
const LOG = `kubectl_logs(pod=pan-meter-6b5f7c9d8-k2xqv, namespace=salt)
2026-03-04T06:51:07Z ERROR FATAL:  password authentication failed for user "meter"
`;

async function explained(records: readonly object[]): Promise<Explanation> {
  const changes = `fetch_configuration_changes(namespace=salt)\n${JSON.stringify(records)}\n`;
  const evidence = [PODS, LOG, changes].map((text, index) => ({ name: `${index}.txt`, text }));
  const { run } = await runInProcess(
    deployExplanation,
    { evidence, question: 'why is pan-meter crashing?' },
    { predictor: noModel() },
  );
  return run.output as Explanation;
}

const secret = (time: string, namespace = 'salt', name = 'meter-db') => ({
  ...{ time, kind: 'Secret', namespace, name, operation: 'update', actor: 'rota' },
});

test('the change of what keeps the credentials, before they were refused, is told with who did it', async () => {
  const { change, evidence } = await explained([
    { ...secret('2026-03-04T06:40:00Z'), kind: 'Deployment', name: 'pan-meter', diff: 'annotations' },
    secret('2026-03-04T06:02:00Z'),
  ]);
  expect(change?.summary).toBe('Secret salt/meter-db was updated at 2026-03-04T06:02:00Z by `rota`');
  expect(change?.object).toEqual({ kind: 'Secret', name: 'meter-db', namespace: 'salt' });
  expect(evidence.map(({ id }) => id)).toContain(change?.citations[0]?.evidence);
});

test('fields before and after are told, of whatever record keeps them', async () => {
  const { change } = await explained([
    {
      changed_at: '2026-03-04T06:40:00Z',
      resource: 'Deployment/salt/pan-meter',
      changed_by: 'ida',
      ...{ old: { 'env.DB_USER': 'pan' }, new: { 'env.DB_USER': 'meter' } },
    },
  ]);
  expect(change?.summary).toContain('Deployment salt/pan-meter (env.DB_USER pan → meter) was changed');
});

test.each([
  ['after the failure', secret('2026-03-04T07:02:00Z')],
  ['days before it', secret('2026-02-27T06:02:00Z')],
  ['in another namespace', secret('2026-03-04T06:02:00Z', 'pepper')],
  ['of a Secret that has nothing to do with it', secret('2026-03-04T06:02:00Z', 'salt', 'wiki-tls')],
])('a change %s is none of it', async (_, record) => {
  const { rootCause, change } = await explained([record]);
  expect(rootCause?.kind).toBe('credentials-refused');
  expect(change).toBeUndefined();
});
