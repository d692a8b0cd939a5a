import { expect, test } from 'vitest';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { valueAt } from '../../../src/manifest/json.ts';
import { applyOperations } from '../../../src/manifest/patch.ts';
import { answer, catalogue } from './metamorphic/case.ts';

const explain = (objects: readonly object[]) =>
  answer({
    files: [{ name: 'all.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2) }],
  });
const editOf = ({ remedies }: Explanation) => remedies.find(({ edit }) => edit !== undefined);

const meta = (name: string, labels?: object) => ({
  name,
  namespace: 'shop',
  ...(labels === undefined ? {} : { labels }),
});

function app({
  ports = [8080],
  labels = { app: 'web' } as object,
  image = 'r.example/web:1.1',
  env = [] as object[],
  probe = undefined as object | undefined,
  revision = '2',
} = {}) {
  const container = {
    name: 'web',
    image,
    env,
    ports: ports.map((containerPort) => ({ containerPort })),
    ...(probe === undefined ? {} : { readinessProbe: probe }),
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  return {
    container,
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta('web'),
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
      status: { replicas: 1, unavailableReplicas: 1 },
    },
    set: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        ...meta(`web-6d5f${revision}`, labels),
        annotations: { 'deployment.kubernetes.io/revision': revision },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', controller: true }],
      },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
  };
}

const service = (port: object, selector: object = { app: 'web' }) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('web'),
  spec: { selector, ports: [port] },
});

function pod(own: ReturnType<typeof app>, ready: boolean, state: object = { running: {} }) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta('web-6d5f2-x7k2p', {
        ...(own.deployment.spec.template.metadata.labels as object),
        'pod-template-hash': '6d5f2',
      }),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: own.set.metadata.name, controller: true }],
    },
    spec: { containers: [own.container] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'web', image: own.container.image, ready, restartCount: 0, state }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

test('a Service is sent to the one port that its pods declare, and not to one of several', () => {
  const own = app();
  const wrong = service({ port: 80, targetPort: 9090 });
  const remedy = editOf(explain([wrong, own.deployment, own.set, pod(own, true)]));
  expect(remedy).toMatchObject({ way: 'patch', risk: 'low', changes: true });
  expect(remedy?.command).toMatch(
    /^kubectl patch service web -n shop --type=json -p '\[.*\]' --dry-run=server -o yaml$/,
  );
  const after = applyOperations(wrong as never, remedy?.edit?.operations ?? []);
  expect(valueAt(after, ['spec', 'ports', 0, 'targetPort'])).toBe(8080);
  // The patch holds of what was seen alone.
  const since = service({ port: 80, targetPort: 7070 });
  expect(() => applyOperations(since as never, remedy?.edit?.operations ?? [])).toThrow('differs');

  const two = app({ ports: [8080, 8081] });
  expect(editOf(explain([wrong, two.deployment, two.set, pod(two, true)]))).toBeUndefined();
});

test('a selector is set to the labels of its workload, unless others have them, too', () => {
  const own = app({ labels: { app: 'web', tier: 'front' } });
  const wrong = service({ port: 80, targetPort: 8080 }, { app: 'web', tier: 'frontend' });
  const remedy = editOf(explain([wrong, own.deployment, own.set, pod(own, true)]));
  expect(remedy?.edit?.operations).toEqual([
    { op: 'test', path: '/spec/selector/tier', value: 'frontend' },
    { op: 'replace', path: '/spec/selector/tier', value: 'front' },
  ]);
  const other = { ...own.deployment, metadata: meta('webhooks') };
  expect(editOf(explain([wrong, own.deployment, own.set, other, pod(own, true)]))).toBeUndefined();
});

test('a key that exists in another spelling is named so, and a stranger is not', () => {
  const env = [{ name: 'HOST', valueFrom: { configMapKeyRef: { name: 'settings', key: 'DB_HOST' } } }];
  const own = app({ env });
  const message = `couldn't find key DB_HOST in ConfigMap shop/settings`;
  const waiting = pod(own, false, { waiting: { reason: 'CreateContainerConfigError', message } });
  const settings = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('settings'), data });
  const remedy = editOf(explain([own.deployment, own.set, waiting, settings({ 'db-host': 'pg', port: '1' })]));
  expect(remedy).toMatchObject({ risk: 'medium', edit: { object: { kind: 'Deployment', name: 'web' } } });
  expect(remedy?.edit?.operations.at(-1)).toMatchObject({
    path: '/spec/template/spec/containers/0/env/0/valueFrom/configMapKeyRef/key',
    value: 'db-host',
  });
  expect(editOf(explain([own.deployment, own.set, waiting, settings({ DB_PORT: '1' })]))).toBeUndefined();
});

test('hostile objects get no edit, and an answer', () => {
  const own = app();
  const odd = JSON.parse('{ "app": "web", "__proto__": "x" }') as object;
  const output = explain([service({ port: 80, targetPort: 8080 }, odd), own.deployment, own.set, pod(own, true)]);
  expect(editOf(output)?.command ?? '').not.toContain('__proto__');
  const quoting = service({ port: 80, targetPort: "9090' ; reboot '" });
  expect(editOf(explain([quoting, own.deployment, own.set, pod(own, true)]))).toBeUndefined();
});

test('an image that ran before is put back', () => {
  const [old, now] = [app({ image: 'r.example/web:1.0', revision: '1' }), app()];
  const message = 'Back-off pulling image "r.example/web:1.1": not found';
  const waiting = pod(now, false, { waiting: { reason: 'ImagePullBackOff', message } });
  const remedy = editOf(explain([now.deployment, old.set, now.set, waiting]));
  expect(remedy?.edit?.operations.at(-1)).toEqual({
    op: 'replace',
    path: '/spec/template/spec/containers/0/image',
    value: 'r.example/web:1.0',
  });
});

test('every edit tests what it replaces, says that it changes things, and is tried first', () => {
  let count = 0;
  for (const one of catalogue().filter(({ path }) =>
    /network\/(?:service-|ingress-)|running\/readiness-probe-port/.test(path),
  ))
    for (const { edit, command, changes, risk } of answer(one).remedies) {
      if (edit === undefined) continue;
      count++;
      expect(changes && risk !== 'none', one.path).toBe(true);
      expect(command).toContain('--dry-run=server');
      for (const [index, operation] of edit.operations.entries())
        expect(operation.op === 'test', one.path).toBe(index % 2 === 0);
    }
  expect(count).toBeGreaterThan(5);
});
