import { describe, expect, it } from 'vitest';
import { fieldFinder } from '../../../pipelines/policy-fix/sources/find.ts';
import { Placer, type Wanted } from '../../../pipelines/policy-fix/sources/place.ts';
import { readSources } from '../../../pipelines/policy-fix/sources/read.ts';
import type { Resource } from '../../../pipelines/policy-fix/workspace.ts';
import { isObject, type JsonObject } from '../../../src/manifest/json.ts';
import { applyOperations, type Operation } from '../../../src/manifest/patch.ts';
import { workload } from './read-only.ts';

type Files = Readonly<Record<string, string>>;
const sourcesOf = (files: Files) => readSources(Object.entries(files).map(([file, text]) => ({ file, text })));

/** Places operations on the object of a name in some kustomizations; gives the files that changed, after checking every render. */
function place(files: Files, name: string, operations: readonly Operation[], roots: readonly string[]) {
  const sources = sourcesOf(files);
  const wanted = sources.resources.flatMap(({ object, rendered }, resource): Wanted[] =>
    rendered !== undefined &&
    roots.includes(rendered.root) &&
    isObject(object.metadata) &&
    object.metadata.name === name
      ? [{ resource, ...rendered, operations, policies: ['a policy'] }]
      : [],
  );
  expect(wanted).toHaveLength(roots.length);
  const placer = new Placer(new Map(Object.entries(files)), sources.roots);
  const { refused, touched } = placer.place(wanted);
  expect(refused).toEqual([]);
  const after = sourcesOf(Object.fromEntries(placer.texts)).resources.map(({ object }) => object);
  const meant = sources.resources.map(
    ({ object }, at): JsonObject =>
      wanted.some(({ resource }) => resource === at) ? (applyOperations(object, operations) as JsonObject) : object,
  );
  expect(after).toEqual(meant);
  const changed = Object.fromEntries([...placer.texts].filter(([file, text]) => text !== files[file]));
  for (const { resource } of wanted)
    expect([...(touched.get(resource) ?? [])].every((file) => Object.hasOwn(changed, file))).toBe(true);
  return changed;
}

const BASE = { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': workload('Deployment', 'web') };
const on = (folder: string, more = ''): Files => ({
  [`${folder}/kustomization.yaml`]: `resources: [../base]\n${more}`,
});

describe('an edit of a rendered object', () => {
  it('changes the count where the kustomization sets it', () => {
    const files = { ...BASE, ...on('prod', 'replicas:\n  - name: web\n    count: 1   # for now\n') };
    const changed = place(files, 'web', [{ op: 'replace', path: '/spec/replicas', value: 3 }], ['prod']);
    expect(Object.keys(changed)).toEqual(['prod/kustomization.yaml']);
    expect(changed['prod/kustomization.yaml']).toContain('count: 3   # for now');
  });

  it('changes the tag or digest where the kustomization names the image, and the name with it', () => {
    const path = '/spec/template/spec/containers/0/image';
    const web = `${BASE['base/web.yaml']}`.replace(/image: .*/, 'image: example.com:5000/shop/web');
    const images = (entry: string): Files => ({
      ...BASE,
      'base/web.yaml': web,
      ...on('dev', 'images: [{ name: example.com:5000/shop/web, newTag: v1 }]\n'),
      ...on('prod', `images:\n  - name: example.com:5000/shop/web\n    ${entry}   # by the release job\n`),
    });
    const tried = (entry: string, value: string) => {
      const changed = place(images(entry), 'web', [{ op: 'replace', path, value }], ['prod']);
      expect(Object.keys(changed)).toEqual(['prod/kustomization.yaml']);
      return changed['prod/kustomization.yaml'];
    };
    expect(tried('newTag: latest', 'example.com:5000/shop/web:1.10')).toContain(
      'newTag: "1.10"   # by the release job',
    );
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(tried(`digest: sha256:${'b'.repeat(64)}`, `example.com:5000/shop/web@${digest}`)).toContain(digest);
    const moved = tried('newTag: latest', 'mirror.example.com/web:v2');
    expect(moved).toMatch(/newTag: v2 +# by the release job\n {4}newName: mirror\.example\.com\/web\n/);
  });

  it('writes a new patch in the order in which people read an object', () => {
    const files = { ...BASE, ...on('dev'), ...on('prod') };
    const changed = place(files, 'web', [{ op: 'add', path: '/spec/paused', value: true }], ['prod']);
    const keys = changed['prod/policy-fix-deployment-web.yaml']?.match(/^\w+/gm);
    expect(keys).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
  });

  it('removes in the overlay what others on the base keep', () => {
    const base = {
      ...BASE,
      'base/web.yaml': `${BASE['base/web.yaml']}          securityContext: { privileged: true, runAsUser: 0 }\n`,
    };
    const files = { ...base, ...on('dev'), ...on('prod') };
    const path = '/spec/template/spec/containers/0/securityContext/runAsUser';
    const changed = place(files, 'web', [{ op: 'remove', path }], ['prod']);
    expect(Object.keys(changed).sort()).toEqual(['prod/kustomization.yaml', 'prod/policy-fix-deployment-web.yaml']);
    expect(changed['prod/policy-fix-deployment-web.yaml']).toContain('runAsUser: null');
    expect(Object.keys(place(files, 'web', [{ op: 'remove', path }], ['dev', 'prod']))).toEqual(['base/web.yaml']);
  });

  it('adds to a list, and makes the volume that goes with it', () => {
    const pod = '/spec/template/spec';
    const operations: Operation[] = [
      { op: 'add', path: `${pod}/containers/0/volumeMounts`, value: [{ name: 'tmp', mountPath: '/tmp' }] },
      { op: 'add', path: `${pod}/volumes`, value: [{ name: 'tmp', emptyDir: {} }] },
      { op: 'add', path: `${pod}/volumes/-`, value: { name: 'more', emptyDir: {} } },
    ];
    const files = { ...BASE, ...on('dev'), ...on('prod') };
    expect(Object.keys(place(files, 'web', operations, ['dev', 'prod']))).toEqual(['base/web.yaml']);
    expect(Object.keys(place(files, 'web', operations, ['prod']))).toHaveLength(2);
  });

  it('finds the item of a List, and the second of two overlays in a row', () => {
    const list = JSON.stringify(
      {
        apiVersion: 'v1',
        kind: 'List',
        items: ['x', 'web'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: {} } })),
      },
      null,
      2,
    );
    const files = {
      'base/kustomization.yaml': 'resources: [list.json]\n',
      'base/list.json': list,
      ...on('mid', 'namePrefix: a-\n'),
      'top/kustomization.yaml': 'resources: [../mid]\nnameSuffix: -z\n',
    };
    const operation: Operation = { op: 'add', path: '/metadata/labels/team', value: 'shop' };
    const changed = place(files, 'a-web-z', [operation], ['top']);
    expect(JSON.parse(changed['base/list.json'] ?? '').items[1].metadata.labels).toEqual({ team: 'shop' });
  });

  it('gives a generated object a patch, since nobody wrote it', () => {
    const files = {
      'app/kustomization.yaml':
        'configMapGenerator:\n  - name: settings\n    literals: [A=1]\n    options: { disableNameSuffixHash: true }\n',
    };
    const operation: Operation = { op: 'add', path: '/metadata/labels', value: { team: 'shop' } };
    const changed = place(files, 'settings', [operation], ['app']);
    expect(changed['app/policy-fix-configmap-settings.yaml']).toContain('team: shop');
  });

  it('tells two objects of one name apart by their namespaces', () => {
    const other = workload('Deployment', 'web').replace('namespace: shop', 'namespace: mall');
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml, other.yaml]\n',
      'base/web.yaml': workload('Deployment', 'web'),
      'base/other.yaml': other,
      ...on('dev'),
      ...on('prod', 'labels: [{ pairs: { stage: prod } }]\n'),
    };
    const sources = sourcesOf(files);
    const resource = sources.resources.findIndex(
      ({ object, rendered }) =>
        rendered?.root === 'prod' && isObject(object.metadata) && object.metadata.namespace === 'mall',
    );
    const rendered = sources.resources[resource]?.rendered ?? { root: '', position: -1 };
    const placer = new Placer(new Map(Object.entries(files)), sources.roots);
    const operations: Operation[] = [{ op: 'add', path: '/spec/paused', value: true }];
    expect(placer.place([{ resource, ...rendered, operations, policies: [] }]).refused).toEqual([]);
    expect(placer.texts.get('prod/kustomization.yaml')).toContain('namespace: mall');
  });

  const OPERATIONS =
    'patches:\n  - target: { kind: Deployment }\n    patch: |-\n      - op: replace\n        path: /metadata/labels\n        value: { a: b } # kept\n';
  const labelled = (name: string) =>
    workload('Deployment', name).replace(`  name: ${name}\n`, `  name: ${name}\n  labels: { a: a }\n`);
  const relabel: Operation[] = [{ op: 'replace', path: '/metadata/labels/a', value: 'c' }];

  it('changes the operation of a patch that sets the field, inside a kustomization or in a file of its own', () => {
    const base = { ...BASE, 'base/web.yaml': labelled('web') };
    const inline = place({ ...base, ...on('prod', OPERATIONS) }, 'web', relabel, ['prod']);
    expect(Object.keys(inline)).toEqual(['prod/kustomization.yaml']);
    expect(inline['prod/kustomization.yaml']).toContain('value: { a: c } # kept');
    const own = {
      ...base,
      ...on('prod', 'patches: [{ path: p.yaml, target: { kind: Deployment } }]\n'),
      'prod/p.yaml': '- { op: add, path: /metadata/labels, value: { a: b } }\n',
    };
    expect(place(own, 'web', relabel, ['prod'])).toEqual({
      'prod/p.yaml': '- { op: add, path: /metadata/labels, value: { a: c } }\n',
    });
  });

  it('is a patch behind the one that hides the field where that one is for others, too', () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web.yaml, api.yaml]\n',
      'base/web.yaml': labelled('web'),
      'base/api.yaml': labelled('api'),
      ...on('prod', OPERATIONS),
    };
    const changed = place(files, 'web', relabel, ['prod']);
    expect(Object.keys(changed).sort()).toEqual(['prod/kustomization.yaml', 'prod/policy-fix-deployment-web.yaml']);
  });

  it('takes a patch for the one field and the count for the other', () => {
    const files = {
      ...BASE,
      ...on('dev'),
      ...on('prod', 'replicas:\n  - { name: web, count: 1 }\n'),
    };
    const operations: Operation[] = [
      { op: 'add', path: '/metadata/labels', value: { a: 'c' } },
      { op: 'replace', path: '/spec/replicas', value: 3 },
    ];
    const changed = place(files, 'web', operations, ['prod']);
    expect(changed['prod/kustomization.yaml']).toContain('count: 3');
    expect(changed['prod/policy-fix-deployment-web.yaml']).toContain('a: c');
  });
});

describe('the place of a field of a rendered object', () => {
  const files = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': workload('Deployment', 'web').replace('  name: web\n', '  name: web\n  labels: { a: a, b: b }\n'),
    'prod/kustomization.yaml':
      'resources: [../base]\nreplicas:\n  - name: web\n    count: 9\npatches:\n  - target: { kind: Deployment }\n    patch: |-\n      - op: add\n        path: /metadata/annotations\n        value: {}\n      - op: replace\n        path: /metadata/labels/a\n        value: z\n',
  };
  const texts = Object.entries(files).map(([file, text]) => ({ file, text }));
  const find = fieldFinder(texts);
  const [resource] = readSources(texts).resources;
  const lineOf = (path: string) => {
    const { file, line } = find(resource as Resource, path);
    return [file, (files[(file ?? 'base/web.yaml') as keyof typeof files] ?? '').split('\n')[line - 1]?.trim()];
  };

  it('is the entry that decides its value: a count, or an operation of a patch', () => {
    expect(lineOf('/spec/replicas')).toEqual(['prod/kustomization.yaml', 'count: 9']);
    expect(lineOf('/metadata/labels/a')).toEqual(['prod/kustomization.yaml', 'value: z']);
  });

  it('is its own file where no entry changes it', () => {
    expect(lineOf('/metadata/labels/b')).toEqual([undefined, 'labels: { a: a, b: b }']);
    expect(lineOf('/spec/template')[0]).toBeUndefined();
  });
});

describe('files without Kubernetes objects', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [] }\n';

  it('are noted beside files with some, the first few by name', () => {
    const others = Array.from({ length: 7 }, (_, i) => [`values-${i}.yaml`, 'replicas: 2\n']);
    const { resources, notes } = sourcesOf({
      'pod.yaml': pod,
      'none.yaml': '# later\n',
      ...Object.fromEntries(others),
    });
    expect(resources.map(({ file }) => file)).toEqual(['pod.yaml']);
    expect(notes).toEqual([
      ...[0, 1, 2, 3, 4].map((i) => `values-${i}.yaml: it holds no Kubernetes object`),
      '2 more files hold no Kubernetes object',
    ]);
  });

  it('are lists, of whatever is no object', () => {
    const lists = { 'patch.json': '[{ "op": "remove", "path": "/a" }]', 'hosts.yaml': '- hosts: all\n---\n- a\n' };
    expect(sourcesOf({ 'pod.yaml': pod, ...lists })).toMatchObject({
      resources: [{ file: 'pod.yaml' }],
      notes: ['patch.json: it holds no Kubernetes object', 'hosts.yaml: it holds no Kubernetes object'],
      notJudged: [],
    });
    expect(() => sourcesOf(lists)).toThrow('patch.json: line 1: a Kubernetes object is a map');
    expect(() => sourcesOf({ 'pod.yaml': pod, 'pods.yaml': '- kind: Pod\n' })).toThrow('pods.yaml: line 1');
    expect(() => sourcesOf({ 'pod.yaml': pod, 'mixed.yaml': `${pod}---\n- a\n` })).toThrow('mixed.yaml: line 6');
  });

  it('are templates that nobody rendered, which are not judged', () => {
    const templates = {
      'flow.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n',
      'block.yaml': 'kind: ConfigMap\nmetadata:\n  {{- if .Values.labels }}\n  labels: {}\n  {{- end }}\n',
      'play.yaml': 'kind: Pod\nmetadata:\n{% if wide %}\n  labels: {}\n{% endif %}\n',
    };
    const notes = Object.keys(templates).map(
      (file) => `${file} was not judged: it is a template, which is not rendered here`,
    );
    expect(sourcesOf({ 'pod.yaml': pod, ...templates })).toMatchObject({ notes, notJudged: notes });
    const built = { 'base/kustomization.yaml': 'resources: [pod.yaml]\n', 'base/pod.yaml': pod };
    expect(sourcesOf({ ...built, ...templates })).toMatchObject({ notes, notJudged: notes });
    expect(() => sourcesOf(templates)).toThrow('flow.yaml: a template');
  });

  it('are no templates where something else is wrong, or what a template is stands quoted', () => {
    const broken = 'data:\n  t: |\n    {{ define "x" }}\n  list: [1\n';
    expect(() => sourcesOf({ 'pod.yaml': pod, 'x.yaml': broken })).toThrow('x.yaml: ');
    expect(() => sourcesOf({ 'pod.yaml': pod, 'x.yaml': "a: '{{env}}'\n  # {{ x }}\nb: [\n" })).toThrow('x.yaml: ');
  });

  it('are refused where they are all there is, and where they begin as an object', () => {
    expect(() => sourcesOf({ 'values.yaml': 'replicas: 2\n' })).toThrow(
      'values.yaml line 1: a Kubernetes object needs',
    );
    const half = { 'pod.yaml': pod, 'half.yaml': 'kind: Service\nmetadata: { name: web }\n' };
    expect(() => sourcesOf(half)).toThrow('half.yaml line 1: a Kubernetes object needs');
    const mixed = { 'pod.yaml': `${pod}---\nreplicas: 2\n` };
    expect(() => sourcesOf(mixed)).toThrow('pod.yaml line 6: a Kubernetes object needs');
  });
});
