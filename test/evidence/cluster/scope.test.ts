import { describe, expect, it } from 'vitest';
import { readCluster } from '../../../src/evidence/cluster/collect.ts';
import type { ClusterQuestion } from '../../../src/evidence/cluster/scope.ts';
import { aimOf } from '../../../src/evidence/cluster/target.ts';
import { at, type Json } from '../../../src/json.ts';
import { stored } from './stored-api.ts';
import { pod, unrulyApi } from './unruly-api.ts';

const HERE = 'https://kubernetes.default.svc';

function podIn(namespace: string, name: string, well = true): Json {
  const { metadata, ...rest } = pod(name, well) as { metadata: object };
  return { apiVersion: 'v1', kind: 'Pod', ...rest, metadata: { ...metadata, namespace } };
}

function application(name: string, namespace: string, server = HERE): Json {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: { project: 'shops', destination: { server, namespace } },
    status: { health: { status: 'Healthy' }, operationState: { phase: 'Succeeded' } },
  };
}

const project = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'shops', namespace: 'argocd' },
};

async function read(objects: readonly Json[], question: ClusterQuestion, own?: string) {
  await using api = await unrulyApi(stored(objects, [], 'default'));
  const access = own === undefined ? api.access : { ...api.access, namespace: own };
  const reading = await readCluster(access, question, new AbortController().signal);
  const names = reading.objects.map((item) => `${item.kind} ${at(item, 'metadata', 'name')}`);
  const about = reading.events.map((event) => at(event, 'involvedObject', 'name'));
  return { namespaces: reading.namespaces, names, about, notSeen: reading.notSeen };
}

describe('where is looked', () => {
  const objects = [podIn('a', 'web-1'), podIn('b', 'web-1'), podIn('b', 'api-1'), application('shop', 'b'), project];

  it('follows a name to the namespaces that have it, the one of the context first', async () => {
    expect((await read(objects, { target: 'pod/api-1' })).namespaces).toEqual(['b']);
    expect((await read(objects, { target: 'web-1' })).namespaces).toEqual(['a', 'b']);
    expect((await read(objects, { target: 'web-1' }, 'b')).namespaces).toEqual(['b']);
    expect((await read(objects, { target: 'web-1', namespace: 'a' }, 'b')).namespaces).toEqual(['a']);
    expect((await read(objects, { target: 'a/web-1' }, 'b')).namespaces).toEqual(['a']);
    expect((await read(objects, {}, 'a')).namespaces).toEqual(['a']);
  });

  it('follows an Application, its project or a bare name to where it deploys', async () => {
    const app = await read(objects, { target: 'app/shop' });
    expect(app.namespaces).toEqual(['b']);
    expect(app.names).toEqual(expect.arrayContaining(['Application shop', 'AppProject shops', 'Pod api-1']));
    expect((await read(objects, { target: 'appproject/shops' })).namespaces).toEqual(['b']);
    expect((await read(objects, { target: 'shop' })).namespaces).toEqual(['b']);
    const near = await read(objects, { target: 'app/shopp' });
    expect(near.notSeen).toContain('nothing in the cluster is called shopp; near it: Application argocd/shop');
  });

  it('does not take another cluster for this one', async () => {
    const away = await read([application('far', 'b', 'https://10.0.0.1'), podIn('b', 'web-1')], { target: 'app/far' });
    expect(away.namespaces).toEqual([]);
    expect(away.notSeen.join()).toContain('Application argocd/far deploys to another cluster (https://10.0.0.1)');
  });

  it('looks at the Applications that lie in the namespace where they are not well, and leaves out what was said of others', async () => {
    const said = (name: string): Json => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.1`, namespace: 'argocd' },
      type: 'Warning',
      reason: 'OperationCompleted',
      message: 'Sync operation failed',
      involvedObject: { kind: 'Application', name, namespace: 'argocd' },
    });
    const broken = {
      ...application('shop', 'b'),
      status: { health: { status: 'Degraded' }, operationState: { phase: 'Failed' } },
    };
    const there = await read(
      [podIn('argocd', 'server-1'), broken, application('calm', 'b'), project, said('shop'), said('calm')],
      { namespace: 'argocd' },
    );
    expect(there.names).toEqual(expect.arrayContaining(['Application shop', 'Pod server-1']));
    expect(there.names).not.toContain('Application calm');
    expect(there.about).toEqual(['shop']);
  });

  it('finds what is unwell, and says what is left', async () => {
    const bad = ['a', 'b', 'c', 'd'].flatMap((name, i) =>
      Array.from({ length: 4 - i }, (_, n) => podIn(name, `web-${n}`, false)),
    );
    const worst = await read(bad, {});
    expect(worst.namespaces).toEqual(['a', 'b', 'c']);
    expect(worst.notSeen).toContain('something is unwell in other namespaces, too: d (1); name one with -n');
    expect((await read(bad, { everywhere: true }, 'd')).namespaces).toEqual(['a', 'b', 'c']);
  });

  it('has what works for evidence where nothing is unwell', async () => {
    const calm = await read([podIn('a', 'web-1')], {});
    expect(calm.namespaces).toEqual([]);
    expect(calm.names).toContain('Pod web-1');
    expect(calm.notSeen.join()).toContain('no namespace has anything unwell');
  });
});

describe('a target', () => {
  it.each([
    ['api', { name: 'api' }],
    ['shop/api', { name: 'api', namespace: 'shop' }],
    ['deploy/api', { name: 'api', kind: 'Deployment' }],
    ['deployments.apps/api', { name: 'api', kind: 'Deployment' }],
    ['shop/deployment/api', { name: 'api', namespace: 'shop', kind: 'Deployment' }],
    ['Deployment shop/api', { name: 'api', namespace: 'shop', kind: 'Deployment' }],
    ['shop/widget/api', { name: 'api', namespace: 'shop', kind: 'widget' }],
    ['argocd/application/shop', { name: 'shop', namespace: 'argocd', kind: 'Application' }],
    ['', undefined],
  ])('%s', (text, aim) => expect(aimOf(text)).toEqual(aim));
});
