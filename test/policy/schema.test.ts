import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { schemaErrors } from '../../src/policy/schema/conform.ts';
import { hasSchema, kindOf, kubernetesSchemas, schemaOf } from '../../src/policy/schema/kubernetes.ts';
import type { KubeObject } from '../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../helpers/programs.ts';

const MODULE = join(import.meta.dirname, '../../tools/test-modules/kubernetes');
const signal = AbortSignal.timeout(60_000);

const deployment = (spec: object = {}, pod: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', creationTimestamp: null },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'c:1' }], ...pod } },
    ...spec,
  },
  status: null,
});

describe('schemas of Kubernetes', () => {
  it('are made from the module that is pinned: else run tools/kubernetes-schema.mjs', () => {
    const { kubernetes, sum } = kubernetesSchemas();
    expect(readFileSync(join(MODULE, 'go.sum'), 'utf8')).toContain(`k8s.io/kubernetes v${kubernetes} ${sum}\n`);
    expect(readFileSync(join(MODULE, 'go.mod'), 'utf8')).toContain(`k8s.io/kubernetes v${kubernetes}`);
  });

  it('hold their kinds with all that they refer to', () => {
    const { kinds, definitions } = kubernetesSchemas();
    for (const kind of ['/v1/Pod', 'apps/v1/Deployment', 'batch/v1/CronJob', 'networking.k8s.io/v1/Ingress'])
      expect(kinds).toHaveProperty([kind]);
    for (const kind of Object.keys(kinds)) {
      const text = JSON.stringify(schemaOf(kind));
      const own = new Set(Object.keys((schemaOf(kind) as { definitions: object }).definitions));
      for (const [, name] of text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) expect(own).toContain(name);
      expect(definitions).toHaveProperty([kinds[kind] ?? '']);
    }
    expect(schemaOf('example.com/v1/Thing')).toBeUndefined();
    expect(hasSchema({ apiVersion: 'v1', kind: 'toString' })).toBe(false);
    expect(kindOf({ apiVersion: 'v1', kind: 'Pod' })).toBe('/v1/Pod');
  });
});

describe('kubeconform', () => {
  beforeAll(() => program('kubeconform'), BUILD_TIMEOUT_MS);

  it('finds wrong types, unknown and missing fields, and takes what the API server takes', {
    timeout: 60_000,
  }, async () => {
    const objects: [KubeObject, string[]][] = [
      [deployment({ replicas: 3, paused: null }), []],
      [deployment({ replicas: '3' }), ['/spec/replicas: got string, want integer']],
      [deployment({ strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } }), []],
      [
        deployment({}, { hostPID: 'no', nodes: 1 }),
        [
          "/spec/template/spec: additional properties 'nodes' not allowed",
          '/spec/template/spec/hostPID: got string, want boolean',
        ],
      ],
      [deployment({ selector: null }), ["/spec: missing property 'selector'"]],
      [
        deployment(
          {},
          { containers: [{ name: 'c', resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: true } } }] },
        ),
        ['/spec/template/spec/containers/0/resources/requests/cpu: got boolean, want number or string'],
      ],
      [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { "x' - at '/y": 1 } },
        ["/data/x' - at '~1y: got number, want string"],
      ],
      [{ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't' }, spec: 1 }, []],
    ];
    const found = await schemaErrors(
      objects.map(([object]) => object),
      signal,
    );
    expect(found?.map((list) => list.length)).toEqual(objects.map(([, errors]) => errors.length));
    for (const [at, [, errors]] of objects.entries())
      if (at !== 6) expect([...(found?.[at] ?? [])].sort()).toEqual([...errors].sort());
  });

  it('judges an object of every kind that there is a schema for', { timeout: 60_000 }, async () => {
    const objects = Object.keys(kubernetesSchemas().kinds).map((kind) => {
      const [group, version, name] = kind.split('/');
      return { apiVersion: group ? `${group}/${version}` : version, kind: name, metadata: { name: 'x' }, opsline: 1 };
    });
    const found = await schemaErrors(objects, signal);
    expect(found?.filter((errors) => !errors.some((error) => error.includes("'opsline' not allowed")))).toEqual([]);
  });
});
