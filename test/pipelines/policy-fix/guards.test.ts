import { describe, expect, it } from 'vitest';
import { append, applyEdits, compile, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import { parseImage, sameRepository } from '../../../pipelines/policy-fix/fixers/images.ts';
import { wishes } from '../../../pipelines/policy-fix/fixers/kyverno-pattern.ts';
import { fits, requiredKeys, wordsOfPattern } from '../../../pipelines/policy-fix/fixers/parameters.ts';
import { quantity } from '../../../pipelines/policy-fix/fixers/resources.ts';
import { objections } from '../../../pipelines/policy-fix/guards.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { applyOperations, type Operation } from '../../../src/manifest/patch.ts';

const WEB: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        serviceAccountName: 'web',
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          {
            name: 'api',
            image: 'registry.example.com:5000/api:1',
            args: ['serve'],
            env: [{ name: 'MODE', value: 'x' }],
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { path: '/', port: 80 } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
          { name: 'side', image: 'side' },
        ],
      },
    },
  },
};
const C = '/spec/template/spec/containers/0';
const replace = (path: string, value: never): Operation => ({ op: 'replace', path, value });
const take = (path: string): Operation => ({ op: 'remove', path });

describe('objections', () => {
  it.each([
    ['a container', take('/spec/template/spec/containers/1'), /side from containers/],
    ['a probe', take(`${C}/livenessProbe`), /livenessProbe of api/],
    ['a mount', take(`${C}/volumeMounts/0`), /mount \/data/],
    ['a volume', take('/spec/template/spec/volumes/0'), /data from volumes/],
    ['a port', take(`${C}/ports/0`), /port 80/],
    ['a variable', take(`${C}/env/0`), /MODE/],
    ['a label', take('/metadata/labels/app'), /removes app/],
    ['the arguments', replace(`${C}/args`, ['x'] as never), /args of api/],
    ['the repository', replace(`${C}/image`, 'registry.example.com:5000/other:1' as never), /another repository/],
    ['the registry', replace(`${C}/image`, 'evil.example.com/api:1' as never), /another repository/],
    ['the service account', replace('/spec/template/spec/serviceAccountName', 'admin' as never), /service account/],
    ['the name', replace('/metadata/name', 'x' as never), /metadata\.name/],
    ['the namespace', replace('/metadata/namespace', 'x' as never), /metadata\.namespace/],
    ['the selector', replace('/spec/selector', {} as never), /spec\.selector/],
    ['all containers', replace('/spec/template/spec', {} as never), /removes the containers/],
    ['an exemption', replace('/metadata/labels', { app: 'web', 'scan.example/ignore': 'true' } as never), /ignore/],
    [
      'a label that a policy matches on',
      replace('/spec/template/metadata/labels', { app: 'web', tier: 'system' } as never),
      /tier/,
    ],
  ])('name the loss of or change to %s', (_, operation, words) => {
    const policies = [
      {
        kind: 'ClusterPolicy',
        spec: { rules: [{ exclude: { any: [{ resources: { selector: { matchLabels: { tier: 'system' } } } }] } }] },
      },
    ];
    expect(objections(WEB, applyOperations(WEB, [operation]) as JsonObject, policies).join('; ')).toMatch(words);
  });

  it('has nothing against hardening, new labels and another tag', () => {
    const after = applyEdits(WEB, [
      set(['metadata', 'labels', 'team'], 'a'),
      set(['spec', 'template', 'spec', 'containers', 0, 'image'], 'registry.example.com:5000/api:2'),
      set(['spec', 'template', 'spec', 'hostPID'], false),
    ]);
    expect(objections(WEB, after, [])).toEqual([]);
  });
});

describe('edits', () => {
  it('make missing parents once and fold into one operation', () => {
    const operations = compile({ spec: { a: null } }, [
      set(['spec', 'a', 'x'], 1),
      set(['spec', 'a', 'y', 'z'], 2),
      append(['spec', 'list'], 'v'),
      remove(['spec', 'nothing']),
    ]);
    expect(operations).toEqual([
      { op: 'replace', path: '/spec/a', value: { x: 1, y: { z: 2 } } },
      { op: 'add', path: '/spec/list', value: ['v'] },
    ]);
  });

  it('do nothing where the wish is fulfilled or cannot be', () => {
    expect(
      compile({ a: 1, l: ['v'] }, [set(['a'], 1), append(['l'], 'v'), set(['a', 'b'], 2), set(['l', 7], 'x')]),
    ).toEqual([]);
  });
});

describe('what policies say', () => {
  it('reads required keys from parameters', () => {
    const parameters = {
      labels: ['team', { key: 'env', allowedRegex: '^(dev|prod)$' }],
      annotations: [{ key: 'a.b/c', default: 'x' }],
      message: 'labels',
    };
    expect(requiredKeys(parameters)).toMatchObject([
      { key: 'team', where: 'labels' },
      { key: 'env', pattern: '^(dev|prod)$' },
      { key: 'a.b/c', where: 'annotations', fallback: 'x' },
    ]);
    expect(wordsOfPattern('^(dev|prod)$')).toEqual(['dev', 'prod']);
    expect(wordsOfPattern('^[a-z]+$')).toEqual([]);
  });

  it('never runs a pattern that could take forever', () => {
    expect(fits(`${'a'.repeat(40)}!`, '^(a+)+$')).toBe(false);
    expect(fits('dev', '^(dev|prod)$')).toBe(true);
  });

  it('reads Kyverno anchors', () => {
    const value = { spec: { hostPID: true, containers: [{ name: 'a', image: 'x:1', ports: [] }], keep: 1 } };
    expect(wishes({ spec: { '=(hostPID)': false, '=(hostIPC)': false } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'hostPID'], false) },
    ]);
    expect(wishes({ spec: { 'X(keep)': 'null' } }, value)).toEqual([{ kind: 'edit', edit: remove(['spec', 'keep']) }]);
    expect(wishes({ spec: { containers: [{ '(name)': 'b', tty: false }] } }, value)).toEqual([]);
    expect(wishes({ spec: { containers: [{ '(name)': 'a', tty: false }] } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'containers', 0, 'tty'], false) },
    ]);
    expect(wishes({ spec: { replicas: '>=3' } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'replicas'], 3) },
    ]);
    expect(wishes({ spec: { owner: '?*' } }, value)).toEqual([
      { kind: 'present', path: ['spec', 'owner'], pattern: '?*' },
    ]);
    expect(wishes({ spec: { tier: 'a | b' } }, value)).toEqual([
      { kind: 'choose', path: ['spec', 'tier'], values: ['a', 'b'] },
    ]);
  });

  it('reads images and quantities', () => {
    expect(parseImage('localhost:5000/a/b:1@sha256:0')).toEqual({
      repository: 'localhost:5000/a/b',
      tag: '1',
      digest: 'sha256:0',
    });
    expect(sameRepository('nginx', 'docker.io/library/nginx:1')).toBe(true);
    expect(sameRepository('nginx', 'example.com/nginx')).toBe(false);
    expect(['500m', '1', '1Gi', '2M', '', 'x', '1e3'].map(quantity)).toEqual([
      0.5,
      1,
      1024 ** 3,
      2e6,
      undefined,
      undefined,
      1000,
    ]);
  });
});
