import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { startArgoCd, startRollouts } from '../helpers/argo.ts';
import { bringAbout } from '../helpers/bring-about.ts';
import { cli } from '../helpers/cli.ts';
import { type ControlPlane, type KubeUser, startControlPlane } from '../helpers/control-plane.ts';
import { endAll, type Running, startOpsline } from '../helpers/go-service.ts';
import { type Kubelet, startKubelet } from '../helpers/kubelet.ts';
import { type LiveFault, liveFaults } from '../helpers/live-fault.ts';
import { BUILD_TIMEOUT_MS, testProgram } from '../helpers/programs.ts';
import { testRedis } from '../helpers/redis.ts';
import type { TestRepository } from '../helpers/repository.ts';
import { shippedReader } from '../helpers/shipped-reader.ts';

/** Faults brought about at the same time. */
const AT_ONCE = 12;
const ZONES = ['zone-a', 'zone-b', 'zone-c'];

const faults = await liveFaults();
let plane: ControlPlane;
let kubelet: Kubelet;
/** Whoever explains has the rights that `deploy/` gives it, and no others. */
let reader: KubeUser;
let opsline: Running;
const repositories = new Map<string, TestRepository>();
/** Settles when the fault of that name has been brought about. */
const ready = new Map<LiveFault, Promise<void>>();

beforeAll(async () => {
  plane = await startControlPlane();
  // Built here if need be: below, tests wait for what they start, and not for minutes.
  for (const name of ['argocd', 'rollouts-controller'] as const) await testProgram(name);
  kubelet = await startKubelet(
    plane,
    ZONES.map((zone, i) => ({ name: `worker-${i + 1}`, labels: { 'topology.kubernetes.io/zone': zone } })),
  );
  const { url, prefix } = testRedis();
  reader = await shippedReader(plane);
  const clusters = `test=${reader.kubeconfig}`;
  opsline = await startOpsline({ REDIS_URL: url, OPSLINE_PREFIX: prefix, OPSLINE_CLUSTERS: clusters });
  const argo = Promise.all([startArgoCd(plane), startRollouts(plane)]);
  argo.catch(() => {});
  const stage = { client: plane.admin.client, kubelet, repositories };
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [i, fault] of faults.entries()) {
    const lane = lanes[i % AT_ONCE] as Promise<void>;
    const done = lane.then(async () => {
      if (needsArgo(fault)) await argo;
      await bringAbout(fault, stage);
    });
    ready.set(fault, done);
    lanes[i % AT_ONCE] = done.catch(() => {});
  }
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await Promise.allSettled(ready.values());
  await endAll();
  await kubelet?.stop();
  await plane?.stop();
  for (const repository of repositories.values()) repository.remove();
});

test('many faults of many stages, and enough that are none', () => {
  const stages = new Map<string, number>();
  for (const { name } of faults) {
    const [stage = ''] = name.split('/');
    stages.set(stage, (stages.get(stage) ?? 0) + 1);
  }
  expect(stages.get('healthy')).toBeGreaterThanOrEqual(10);
  expect(stages.size).toBeGreaterThanOrEqual(6);
  expect(faults.length).toBeGreaterThanOrEqual(50);
});

function needsArgo({ header, documents }: LiveFault): boolean {
  return header.target !== undefined || documents.some((one) => 'kind' in one && one.kind === 'Rollout');
}

async function overHttp({ namespace, header: { target } }: LiveFault): Promise<Explanation> {
  const response = await fetch(`${opsline.url}/v1/pipelines/deploy-explanation/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ cluster: 'test', ...(target === undefined ? { namespace } : { target }) }),
  });
  const run = (await response.json()) as { status: string; output: Explanation };
  expect(run).toMatchObject({ status: 'succeeded' });
  return run.output;
}

async function onCommandLine({
  namespace,
  expected: { change },
  header: { target },
}: LiveFault): Promise<{ code: number | null; output: Explanation }> {
  const env = { KUBECONFIG: reader.kubeconfig };
  const where = target === undefined ? ['-n', namespace] : [target];
  const repository = change === undefined ? [] : ['--repo', repositories.get(namespace)?.path ?? ''];
  const { code, stdout, stderr } = await cli(['explain', ...where, ...repository, '-o', 'json'], { env });
  expect(stdout, stderr).toMatch(/^\{/);
  return { code, output: JSON.parse(stdout) };
}

function answerOf({ verdict, rootCause }: Explanation) {
  return rootCause === undefined ? { verdict } : { verdict, kind: rootCause.kind, object: rootCause.object };
}

describe.concurrent.each(faults)('$name', (fault) => {
  it('is explained from the cluster, on the command line and over HTTP', { timeout: 150_000 }, async () => {
    await ready.get(fault);
    const { verdict, kind, object, change } = fault.expected;
    const { code, output } = await onCommandLine(fault);
    const expected = { verdict, ...(kind === undefined ? {} : { kind }), ...(object === undefined ? {} : { object }) };
    expect(answerOf(output)).toMatchObject(expected);
    if (kind === undefined) expect(output.rootCause).toBeUndefined();
    if (change !== undefined) expect(output.change?.git).toMatchObject(change);
    expect(code).toBe(verdict === 'healthy' || verdict === 'progressing' ? 0 : 1);
    expect(answerOf(await overHttp(fault))).toEqual(answerOf(output));
  });
});
