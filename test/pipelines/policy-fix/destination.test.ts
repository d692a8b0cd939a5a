import { describe, expect, it } from 'vitest';
import { readSources } from '../../../pipelines/policy-fix/sources/read.ts';

const application = (name: string, namespace: string, more = '') =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name}, namespace: argocd }\nspec:\n  source: { repoURL: https://git.example.com/shop.git, path: shop }\n  destination: { namespace: ${namespace} }\n${more}`;
const object = (kind: string, name: string, metadata = '', apiVersion = 'v1') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}${metadata} }\n`;
const read = (files: Record<string, string>) => {
  const { resources, notes, namespaces } = readSources(Object.entries(files).map(([file, text]) => ({ file, text })));
  const places = resources.map(({ object: { metadata } }) => metadata as { name: string; namespace?: string });
  return { places: Object.fromEntries(places.map(({ name, namespace }) => [name, namespace])), notes, namespaces };
};

describe('the destination of an Application', () => {
  it('is where objects of its folder go that name no namespace, cluster-wide kinds and other folders apart', () => {
    const crd = object('CustomResourceDefinition', 'wides.example.com', '', 'apiextensions.k8s.io/v1');
    const { places, notes } = read({
      'app.yaml': application('shop', 'shop'),
      'shop/all.yaml': [
        object('ConfigMap', 'plain'),
        object('ConfigMap', 'own', ', namespace: other'),
        object('ClusterRole', 'role', '', 'rbac.authorization.k8s.io/v1'),
        `${crd}spec: { group: example.com, scope: Cluster, names: { kind: Wide } }\n`,
        object('Wide', 'wide', '', 'example.com/v1'),
        object('Narrow', 'narrow', '', 'example.com/v1'),
      ].join('---\n'),
      'shop/below/b.yaml': object('ConfigMap', 'below'),
      'elsewhere/e.yaml': object('ConfigMap', 'elsewhere'),
    });
    expect(places).toEqual({
      shop: 'argocd',
      plain: 'shop',
      own: 'other',
      role: undefined,
      'wides.example.com': undefined,
      wide: undefined,
      narrow: 'shop',
      below: undefined,
      elsewhere: undefined,
    });
    expect(notes).toEqual([]);
  });

  it('holds for what a kustomization builds, and for folders below where the source recurses', () => {
    const files = {
      'repo/app.yaml': application('shop', 'shop').replace('path: shop', 'path: shop, directory: { recurse: true }'),
      'repo/shop/kustomization.yaml': 'resources: [../base]\n',
      'repo/base/b.yaml': object('ConfigMap', 'built'),
      'repo/base/kustomization.yaml': 'resources: [b.yaml]\n',
    };
    expect(read(files).places).toMatchObject({ built: 'shop' });
    const plain = { 'a.yaml': files['repo/app.yaml'], 'shop/below/b.yaml': object('ConfigMap', 'below') };
    expect(read(plain).places).toMatchObject({ below: 'shop' });
  });

  it('is each of several, where Applications bring one folder to them, and one that is named twice once', () => {
    const { resources, notes } = readSources([
      {
        file: 'app.yaml',
        text: ['dev', 'prod', 'dev'].map((name, at) => application(`${name}-${at}`, name)).join('---\n'),
      },
      { file: 'shop/a.yaml', text: object('ConfigMap', 'a') },
    ]);
    const own = resources.filter(({ file }) => file === 'shop/a.yaml');
    expect(own.map(({ object: { metadata } }) => (metadata as { namespace?: string }).namespace)).toEqual([
      'dev',
      'prod',
    ]);
    expect(notes).toEqual([]);
  });

  it('makes a namespace with the labels that the Application gives it, unless it stands among the manifests', () => {
    const policy =
      '  syncPolicy:\n    syncOptions: [CreateNamespace=true]\n    managedNamespaceMetadata: { labels: { tier: gold } }\n';
    const files = { 'app.yaml': application('shop', 'shop', policy), 'shop/a.yaml': object('ConfigMap', 'a') };
    expect(read(files).namespaces).toMatchObject([{ metadata: { name: 'shop', labels: { tier: 'gold' } } }]);
    expect(read({ ...files, 'ns.yaml': object('Namespace', 'shop') }).namespaces).toEqual([]);
  });
});

describe('Helm charts', () => {
  it('are said not to be judged, each with what to do; a file of another name is none', () => {
    const { notes, places } = read({
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\n',
      'charts/web/values.yaml': 'replicas: 2\n',
      'charts/web/templates/d.yaml': '{{- range .Values.all }}\nkind: {{ . }}\n{{- end }}\n',
      'charts/web/extra.yaml': object('ConfigMap', 'extra'),
      'my charts/x/Chart.yaml': 'apiVersion: v2\nname: x\n',
      'NoChart.yaml': object('ConfigMap', 'a'),
      'b.yaml': object('ConfigMap', 'b'),
    });
    expect(Object.keys(places)).toEqual(['extra', 'a', 'b']);
    expect(notes.filter((note) => note.includes('Helm'))).toEqual([
      expect.stringMatching(/charts\/web was not judged.*`helm template charts\/web \| opsline fix -`/),
      expect.stringMatching(/my charts\/x was not judged.*`helm template … \| opsline fix -`/),
    ]);
  });
});
