import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { resolves } from '../../../../src/evidence/cite.ts';
import { makeRepository, type TestRepository } from '../../../helpers/repository.ts';
import { deployment, evidenceOf, explained, service } from './shop.ts';

const made: TestRepository[] = [];
afterEach(() => {
  for (const repository of made.splice(0)) repository.remove();
});

function repository(): TestRepository {
  const one = makeRepository();
  made.push(one);
  return one;
}

const quota = (memory: string) => `apiVersion: v1
kind: ResourceQuota
metadata: {name: shop-quota, namespace: shop}
spec:
  hard:
    requests.memory: ${memory}
`;
const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-orders-db, namespace: bookshop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
`;
const settings =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api-settings, namespace: shop}\ndata:\n  MODE: fast\n';

/** A fault of the catalogue, the object whose manifest is in Git, what the bad commit does to it, and how that is said. */
const cases: {
  fault: string;
  form?: string;
  file?: string;
  before: Record<string, string | undefined>;
  after: Record<string, string | undefined>;
  said: string;
}[] = [
  ...(
    [
      ['running/oom-killed', 'data', 'importer', { 'memory: 512Mi': 'memory: 128Mi' }, 'memory limit 512Mi → 128Mi'],
      [
        'startup/image-not-found',
        'shop',
        'checkout',
        { ':1.4.1': ':2.9.9' },
        'image registry.example.com/shop/checkout:1.4.1 → registry.example.com/shop/checkout:2.9.9',
      ],
      [
        'startup/environment-variable-missing',
        'shop',
        'payments',
        { '            - name: PAYMENT_GATEWAY_URL\n              value: https://pay.example.com\n': '' },
        'env PAYMENT_GATEWAY_URL removed',
      ],
      [
        'startup/cannot-connect',
        'games',
        'scores',
        { 'store:6380': 'store:6379' },
        'env STORE_ADDRESS store:6380 → store:6379',
      ],
      [
        'startup/command-not-found',
        'jobs',
        'worker',
        { '/bin/worker': '/bin/workr' },
        'command ["/bin/worker"] → ["/bin/workr"]',
      ],
      [
        'running/readiness-probe-port',
        'shop',
        'catalog',
        { 'path: /ready\n              port: 8080': 'path: /ready\n              port: 9090' },
        'readiness probe port 8080 → 9090',
      ],
      [
        'running/liveness-probe-path',
        'shop',
        'catalog',
        { '/healthz': '/helthz' },
        'liveness probe path /healthz → /helthz',
      ],
      ['running/zero-replicas', 'shop', 'cart', { 'replicas: 3': 'replicas: 0' }, 'replicas 3 → 0'],
      [
        'scheduling/node-selector-mismatch',
        'ml',
        'trainer',
        { 'disktype: ssd': 'disktype: nvme' },
        'nodeSelector.disktype ssd → nvme',
      ],
      [
        'scheduling/insufficient-resources',
        'ml',
        'trainer',
        { 'memory: 256Mi': 'memory: 64Gi' },
        'memory request 256Mi → 64Gi',
      ],
    ] as const
  ).map(([fault, namespace, name, replaced, said]) => ({
    fault,
    before: { 'deploy/app.yaml': deployment(namespace, name) },
    after: { 'deploy/app.yaml': deployment(namespace, name, replaced) },
    said,
  })),
  {
    fault: 'network/service-selector-mismatch',
    before: { 'deploy/app.yaml': service('shop', 'cart') },
    after: { 'deploy/app.yaml': service('shop', 'cart', 'kart') },
    said: 'selector app cart → kart',
  },
  {
    fault: 'network/service-target-port-mismatch',
    before: { 'deploy/app.yaml': service('shop', 'cart') },
    after: { 'deploy/app.yaml': service('shop', 'cart', 'cart', 9999) },
    said: 'target port of port http 8080 → 9999',
  },
  {
    fault: 'admission/quota-exceeded',
    before: { 'deploy/app.yaml': quota('16Gi') },
    after: { 'deploy/app.yaml': quota('8Gi') },
    said: 'spec.hard.requests.memory 16Gi → 8Gi',
  },
  {
    fault: 'startup/configmap-missing',
    before: { 'deploy/app.yaml': settings },
    after: { 'deploy/app.yaml': undefined },
    said: 'ConfigMap api-settings removed',
  },
  {
    fault: 'network/network-policy-blocks',
    form: 'json',
    before: {},
    after: { 'deploy/app.yaml': policy },
    said: 'NetworkPolicy deny-orders-db added',
  },
];

describe.each(cases)('$fault', ({ fault, form, before, after, said }) => {
  test('names the change, its commit and a patch that undoes it', async () => {
    const repo = repository();
    const other = { 'deploy/other.yaml': deployment('other', 'web') };
    const good = repo.commit('Everything is well', { ...before, ...other });
    repo.commit('Web gets less memory', {
      'deploy/other.yaml': deployment('other', 'web', { 'memory: 512Mi': 'memory: 100Mi' }),
    });
    const culprit = repo.commit('The one that did it', after);
    repo.commit('Web scales', {
      'deploy/other.yaml': deployment('other', 'web', {
        'memory: 512Mi': 'memory: 100Mi',
        'replicas: 3': 'replicas: 5',
      }),
    });
    const untouched = repo.git('status', '--porcelain=v2', '--branch');
    const answer = await explained(evidenceOf(fault, form), { path: repo.path, good });

    expect(answer.change?.summary).toContain(said);
    expect(answer.change?.git).toMatchObject({
      file: 'deploy/app.yaml',
      commit: { id: culprit, author: 'Ada Example', subject: 'The one that did it' },
    });
    expect(answer.git).toMatchObject({ good, commits: 3 });
    expect(answer.git?.changes.join()).toContain('web');
    expect(answer.git?.changes.join()).not.toContain(said);

    // What is cited stands in the repository, byte for byte, at the lines that are named.
    const items = new Map(answer.evidence.map((item) => [item.id, item]));
    const cited = answer.change?.citations ?? [];
    expect(cited.length).toBeGreaterThan(0);
    for (const citation of cited) {
      expect(resolves(citation, items)).toBe(true);
      const item = items.get(citation.evidence);
      expect(item?.source.kind).toBe('git');
      const [path, revision] = item?.source.name.split('@') ?? [];
      if (revision === undefined) continue;
      const lines = repo.git('show', `${revision}:${path}`).split('\n');
      expect(lines.slice((item?.lines.from ?? 0) - 1, item?.lines.to).join('\n')).toBe(item?.text);
    }

    // The patch brings back the good file, and the tree was not touched before.
    expect(repo.git('status', '--porcelain=v2', '--branch')).toBe(untouched);
    const patch = answer.remedies.find((remedy) => remedy.patch !== undefined)?.patch;
    expect(patch).toBe(answer.change?.git?.patch);
    execFileSync('git', ['apply', '-'], { cwd: repo.path, input: patch });
    repo.git('add', '-A');
    expect(repo.git('diff', '--cached', '--stat', good, '--', 'deploy/app.yaml')).toBe('');
    expect(repo.git('diff', '--cached', '--name-only').trim()).toBe('deploy/app.yaml');
    if (before['deploy/app.yaml'] !== undefined)
      expect(readFileSync(join(repo.path, 'deploy/app.yaml'), 'utf8')).toBe(before['deploy/app.yaml']);
  });
});
