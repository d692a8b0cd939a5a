import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { askedIn, isCalled, parseTarget } from '../../../pipelines/deploy-explanation/target.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

/** A pod that cannot pull its image, or one that is well. */
function pod(namespace: string, name: string, failing = true): string {
  const state = failing
    ? `waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image "registry.test/${name}:9": not found'}`
    : 'running: {}';
  return [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}-7d9f8b6c5d-x2x4z, namespace: ${namespace}, ownerReferences: [{kind: ReplicaSet, name: ${name}-7d9f8b6c5d}]}`,
    `spec: {containers: [{name: app, image: 'registry.test/${name}:9'}]}`,
    `status: {phase: ${failing ? 'Pending' : 'Running'}, containerStatuses: [{name: app, ready: ${!failing}, restartCount: 0, image: 'registry.test/${name}:9', state: {${state}}}]}`,
  ].join('\n');
}

async function explain(target: string, ...pods: string[]): Promise<Explanation> {
  const evidence = [{ name: 'pods.yaml', text: pods.join('\n---\n') }];
  const { run } = await runInProcess(deployExplanation, { evidence, target }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

describe('the target of an explanation', () => {
  test.each([
    ['api', { name: 'api' }],
    ['shop/api', { namespace: 'shop', name: 'api' }],
    ['deployment/api', { name: 'api' }],
    ['shop/deploy/api', { namespace: 'shop', name: 'api' }],
    ['Deployment shop/api', { namespace: 'shop', name: 'api' }],
    [' / ', undefined],
  ])('%s is read as people write it', (text, expected) => {
    expect(parseTarget(text)).toEqual(expected);
  });

  test('it is the object, its pods, or what it is a pod of; not its namesake elsewhere', () => {
    const ref = { kind: 'Deployment', namespace: 'shop', name: 'api' };
    expect(isCalled(ref, { name: 'api' })).toBe(true);
    expect(isCalled(ref, { name: 'api-7d9f8b6c5d-x2x4z' })).toBe(true);
    expect(isCalled({ ...ref, name: 'api-7d9f8b6c5d-x2x4z' }, { name: 'api', namespace: 'shop' })).toBe(true);
    expect(isCalled(ref, { name: 'api', namespace: 'blog' })).toBe(false);
    expect(isCalled(ref, { name: 'apis' })).toBe(false);
  });

  test('of equal failures the one that is asked for comes first, however short its name and whatever its namespace', async () => {
    const both = [pod('blog', 'api'), pod('shop', 'api'), pod('shop', 'web')];
    expect((await explain('shop/api', ...both)).rootCause?.object).toMatchObject({ namespace: 'shop', name: 'api' });
    expect((await explain('blog/api', ...both)).rootCause?.object).toMatchObject({ namespace: 'blog', name: 'api' });
    expect((await explain('web', ...both)).rootCause?.object).toMatchObject({ namespace: 'shop', name: 'web' });
    expect((await explain('web', ...both)).notSeen.join()).not.toContain('is called');
  });

  test('one that is not in the evidence is said first, with near names, beside the answer', async () => {
    const answer = await explain('shop/payment', pod('shop', 'payments'));
    expect(answer.verdict).toBe('failed');
    expect(answer.notSeen[0]).toMatch(/^nothing in the evidence is called `shop\/payment`; near it: .*shop\/payments/);
    const elsewhere = await explain('shop/api', pod('blog', 'api'));
    expect(elsewhere.notSeen[0]).toMatch(/^nothing in the evidence is called `shop\/api`; near it: .*blog\/api/);
  });

  test('that everything else is well does not make it well', async () => {
    expect((await explain('web', pod('shop', 'web', false))).verdict).toBe('healthy');
    const answer = await explain('shop/zebra', pod('shop', 'web', false));
    expect(answer).toMatchObject({
      verdict: 'unknown',
      summary: 'Nothing in the evidence is called `shop/zebra`.',
      notSeen: ['nothing in the evidence is called `shop/zebra`', expect.anything()],
    });
  });
});

test.each([
  ['what is wrong with the workloads in namespace pay?', ['pay']],
  ['why does the pay namespace have no pods', ['pay']],
  ['kubectl get pods -n pay shows errors', ['pay']],
  ['everything in pay is down', ['pay']],
  ['why is it slow in the evening?', []],
  ['what happened?', []],
])('a question may name a namespace: %s', (question, namespaces) => {
  const found = askedIn({ question }).namespaces.map(({ namespace }) => namespace);
  for (const namespace of namespaces) expect(found).toContain(namespace);
  if (namespaces.length === 0) expect(found.filter((word) => /^(?:the|a)$/.test(word))).toEqual([]);
});

test('a short word of a question counts only where an object is called just so', () => {
  const [api] = askedIn({ question: 'is api ok?' }).targets.filter(({ name }) => name === 'api');
  expect(api).toEqual({ name: 'api', exact: true });
  const called = (name: string) => isCalled({ kind: 'Deployment', name }, api ?? { name: '' });
  expect([called('api'), called('api-gateway')]).toEqual([true, false]);
});

test.each([
  ['cart is stuck. (cart-mailer has been broken for weeks, ignore that.)', 'cart-mailer', false],
  ['why does cart crash? cart-mailer looks fine', 'cart-mailer', false],
  ['ignore the rest; why does cart-mailer 1.2.0 crash?', 'cart-mailer', true],
  ['cart-mailer is fine, right?', 'cart-mailer', true],
])('what a question sets aside is not what it points at: %s', (question, name, pointed) => {
  expect(askedIn({ question }).targets.some((target) => target.name === name)).toBe(pointed);
});
