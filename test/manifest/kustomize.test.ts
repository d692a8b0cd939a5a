import { describe, expect, test } from 'vitest';
import { buildKustomization } from '../../src/manifest/kustomize/build.ts';
import { inFolder, type TextTree } from '../../src/manifest/kustomize/files.ts';
import { strategicMerge } from '../../src/manifest/kustomize/merge.ts';
import { keyOf, ManifestState, pairObjects } from '../../src/manifest/state.ts';

function treeOf(files: Readonly<Record<string, string>>): TextTree {
  return { text: (path) => files[path], identity: (path) => files[path] };
}

const app = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: app
          image: localhost:5000/shop/api:1.0
          env: [{name: MODE, value: slow}, {name: OLD, value: x}]
          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: login}}]
          ports: [{containerPort: 8080, name: http}]
        - name: side
          image: shop/side
`;
const service =
  'apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}\n';

function built(files: Readonly<Record<string, string>>, folder = 'prod') {
  const { objects, notDone, files: read } = buildKustomization(treeOf(files), folder);
  return { objects, notDone, files: read, byKey: Object.fromEntries(objects.map((object) => [keyOf(object), object])) };
}

describe('a kustomization', () => {
  test('with all that is followed', () => {
    const { byKey, notDone, files } = built({
      'base/kustomization.yml': 'resources: [app.yaml, service.yaml]\n',
      'base/app.yaml': app,
      'base/service.yaml': service,
      'part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: side.yaml}]\n',
      'part/side.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {template: {spec: {containers: [{name: side, $patch: delete}]}}}\n',
      'prod/kustomization.yaml': `resources: [../base]
components: [../part]
namespace: shop
namePrefix: eu-
nameSuffix: -x
commonLabels: {team: blue}
labels: [{pairs: {tier: web}}, {pairs: {zone: a}, includeTemplates: true}]
commonAnnotations: {owner: us}
images: [{name: localhost:5000/shop/api, newTag: "2.0"}]
replicas: [{name: api, count: 5}]
configMapGenerator:
  - name: settings
    envs: [app.env]
    files: [app.conf, other=app.conf]
    literals: [A=1, "B='two'"]
secretGenerator: [{name: login, literals: [user=me]}]
patches:
  - target: {kind: Deployment, name: a.*}
    patch: |
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value: {name: NEW, value: "yes"}
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: api}
      spec:
        template:
          spec:
            containers:
              - name: app
                env: [{name: MODE, value: fast}, {name: OLD, $patch: delete}]
`,
      'prod/app.env': '# words\nHOST=redis\nURL=http://a?b=c\n',
      'prod/app.conf': 'listen 80\n',
    });
    expect(notDone).toEqual([]);
    expect([...files].sort()).toEqual([
      'base/app.yaml',
      'base/kustomization.yml',
      'base/service.yaml',
      'part/kustomization.yaml',
      'part/side.yaml',
      'prod/app.conf',
      'prod/app.env',
      'prod/kustomization.yaml',
    ]);
    expect(Object.keys(byKey).sort()).toEqual([
      'ConfigMap/shop/eu-settings-x',
      'Deployment/shop/eu-api-x',
      'Secret/shop/eu-login-x',
      'Service/shop/eu-api-x',
    ]);
    expect(byKey['ConfigMap/shop/eu-settings-x']?.data).toEqual({
      HOST: 'redis',
      URL: 'http://a?b=c',
      'app.conf': 'listen 80\n',
      other: 'listen 80\n',
      A: '1',
      B: 'two',
    });
    expect(byKey['Service/shop/eu-api-x']).toMatchObject({ spec: { selector: { app: 'api', team: 'blue' } } });
    expect(byKey['Deployment/shop/eu-api-x']).toMatchObject({
      metadata: { labels: { team: 'blue', tier: 'web', zone: 'a' }, annotations: { owner: 'us' } },
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: 'api', team: 'blue' } },
        template: {
          metadata: { labels: { app: 'api', team: 'blue', zone: 'a' } },
          spec: {
            containers: [
              {
                name: 'app',
                image: 'localhost:5000/shop/api:2.0',
                env: [
                  { name: 'MODE', value: 'fast' },
                  { name: 'NEW', value: 'yes' },
                ],
                envFrom: [{ configMapRef: { name: 'eu-settings-x' } }, { secretRef: { name: 'eu-login-x' } }],
              },
            ],
          },
        },
      },
    });
  });

  test.each([
    ['resources: [../../../etc]', 'lies outside the repository'],
    ['resources: ["https://example.com/x.yaml"]', 'lies outside the repository'],
    ['resources: ["github.com/example/x//y?ref=v1"]', 'lies outside the repository'],
    ['resources: ["git@example.com:x/y.git"]', 'lies outside the repository'],
    ['resources: [missing.yaml]', 'there is no `missing.yaml`'],
    ['resources: [../prod]', 'it comes back to itself'],
    ['helmCharts: [{name: x, repo: "https://example.com"}]', '`helmCharts` is not followed'],
    ['patches: [{path: missing.yaml}]', 'was not read'],
    [
      'resources: [app.yaml]\npatches: [{target: {kind: Deployment}, patch: "- {op: move, from: /a, path: /b}\\n"}]',
      'operation 1 of a patch in prod/kustomization.yaml is none of add',
    ],
    [
      'resources: [app.yaml]\npatches: [{target: {kind: Deployment}, patch: "- {op: remove, path: /spec/replicas}\\n- {op: add, path: /spec/paused}\\n"}]',
      'operation 2 of a patch in prod/kustomization.yaml has no value',
    ],
    [
      'resources: [app.yaml]\npatches: [{target: {kind: Deployment}, patch: "- {op: remove, path: /spec/none}\\n"}]',
      'does not apply',
    ],
    ['configMapGenerator: [{name: x, files: [../../x]}]', 'there is no `../../x`'],
    ['resources: [[', 'prod/kustomization.yaml'],
  ])('says what it cannot do: %s', (text, said) => {
    const { notDone } = built({ 'prod/kustomization.yaml': text, 'prod/app.yaml': app });
    expect(notDone.join('\n')).toContain(said);
  });

  test('a target with many stars is not tried: matching it could take for ever', () => {
    const { objects } = built({
      'prod/kustomization.yaml': `resources: [app.yaml]\npatches: [{target: {kind: Deployment, name: "${'a*'.repeat(90)}b"}, patch: "- {op: remove, path: /spec}\\n"}]`,
      'prod/app.yaml': app.replace('name: api', `name: ${'a'.repeat(250)}`),
    });
    expect(objects[0]?.spec).toBeDefined();
  });
});

test('strategic merge: maps merge, null and delete take away, lists by key or whole', () => {
  const base = { a: { b: 1, c: 2 }, args: ['x'], ports: [{ containerPort: 1, name: 'a' }, { containerPort: 2 }] };
  const patch = { a: { b: null, d: 3 }, args: ['y'], ports: [{ containerPort: 2, name: 'b' }, { containerPort: 3 }] };
  expect(strategicMerge(base, patch)).toEqual({
    a: { c: 2, d: 3 },
    args: ['y'],
    ports: [{ containerPort: 1, name: 'a' }, { containerPort: 2, name: 'b' }, { containerPort: 3 }],
  });
  expect(strategicMerge(base, { a: { $patch: 'replace', z: 1 } }).a).toEqual({ z: 1 });
});

test.each([
  ['a/b', '../c', 'a/c'],
  ['a', '../..', undefined],
  ['a', '/etc', undefined],
  ['', '.', ''],
  ['a', './b/', 'a/b'],
])('%s and %s', (folder, path, expected) => {
  expect(inFolder(folder, path)).toBe(expected);
});

test('states: what a kustomization builds on is no root; templates of charts are none; a moved file pairs', () => {
  const files = {
    'base/kustomization.yaml': 'resources: [app.yaml]\n',
    'base/app.yaml': app,
    'dev/kustomization.yaml': 'resources: [../base]\n',
    'prod/kustomization.yaml': 'resources: [../base]\n',
    'chart/Chart.yaml': 'apiVersion: v2\nkind: no\nname: x\n',
    'chart/templates/x.yaml': '{{ bad',
    'chart/values.yaml': 'a: 1\n',
    'plain/service.yaml': service,
  };
  const state = (all: Readonly<Record<string, string>>, within = '') =>
    new ManifestState(treeOf(all), Object.keys(all), within);
  expect(state(files).kustomizations.map(({ id }) => id)).toEqual(['dev', 'prod']);
  expect([...state(files).plain]).toEqual(['chart/values.yaml', 'plain/service.yaml']);
  expect(state(files, 'prod/').kustomizations.map(({ id }) => id)).toEqual(['prod']);
  const { 'plain/service.yaml': moved, ...rest } = files;
  const { pairs } = pairObjects(state(files), state({ ...rest, 'elsewhere.yaml': moved }));
  expect(pairs.filter(({ before, after }) => before === undefined || after === undefined)).toEqual([]);
  // Two overlays give objects of one name: each is paired with its own.
  expect(pairs.filter(({ root }) => root.id === 'dev' || root.id === 'prod')).toHaveLength(2);
});
