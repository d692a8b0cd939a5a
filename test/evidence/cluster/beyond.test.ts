import { describe, expect, it } from 'vitest';
import { readCluster } from '../../../src/evidence/cluster/collect.ts';
import type { Json } from '../../../src/json.ts';
import { stored } from './stored-api.ts';
import { pod, unrulyApi } from './unruly-api.ts';

const never = new AbortController().signal;

function owned(name: string, namespace: string, app: string, well: boolean): Json {
  const { metadata, ...rest } = pod(name, well) as { metadata: object };
  return { apiVersion: 'v1', kind: 'Pod', ...rest, metadata: { ...metadata, namespace, labels: { app } } };
}

function service(name: string, namespace: string): Json {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: { app: name } } };
}

const data = [
  service('db', 'data'),
  service('other', 'data'),
  owned('db-0', 'data', 'db', false),
  owned('other-0', 'data', 'other', false),
  service('kube-dns', 'kube-system'),
  owned('coredns-1', 'kube-system', 'kube-dns', false),
];

async function reading(log: string) {
  const objects = [owned('api-0', 'shop', 'api', false), ...data];
  const logs = [
    { pod: 'api-0', previous: true, text: log },
    { pod: 'db-0', previous: true, text: 'PANIC: could not locate a valid checkpoint record' },
  ];
  await using api = await unrulyApi(stored(objects, logs, 'shop'));
  const found = await readCluster(api.access, { namespace: 'shop' }, never);
  const named = found.objects.map(({ kind, metadata }) => `${kind} ${(metadata as { name: string }).name}`);
  return { named, logs: found.logs.map((one) => one.pod), namespaces: found.namespaces };
}

describe('calls into other namespaces', () => {
  it('are followed to the Service that is called and what stands behind it, and to nothing else there', async () => {
    const { named, logs, namespaces } = await reading(
      'FATAL: dial tcp: db.data.svc.cluster.local:5432: connect: connection refused',
    );
    expect(named).toEqual(expect.arrayContaining(['Pod api-0', 'Service db', 'Pod db-0']));
    expect(named.join()).not.toContain('other');
    expect(named.join()).not.toContain('coredns');
    expect(logs).toEqual(['api-0', 'db-0']);
    expect(namespaces).toEqual(['shop']);
  });

  it('lead to cluster DNS where it is silent, not where a name does not exist', async () => {
    const silent = await reading(
      'lookup mail on 10.96.0.10:53: read udp 10.1.0.4:4: i/o timeout\nlookup mail on 10.96.0.10:53: i/o timeout',
    );
    expect(silent.named).toEqual(expect.arrayContaining(['Service kube-dns', 'Pod coredns-1']));
    const wrong = await reading('lookup mail on 10.96.0.10:53: no such host');
    expect(wrong.named.join()).not.toContain('coredns');
  });
});
