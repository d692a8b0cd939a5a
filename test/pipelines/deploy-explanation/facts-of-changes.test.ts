import { expect, test } from 'vitest';
import { factOf } from '../../../pipelines/deploy-explanation/facts.ts';
import { viewOf } from '../../../pipelines/deploy-explanation/view.ts';
import { collect } from '../../../src/evidence/collect.ts';

const fact = (question: string, text: string) =>
  factOf({ question }, viewOf(collect([{ name: 'changes.json', text }]).items))?.summary;

const audit = (verb: string, username: string, more: object = {}) =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    verb,
    user: { username },
    objectRef: { resource: 'deployments', namespace: 'shop', name: 'web' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-01-02T03:04:05.000000Z',
    ...more,
  });

test('an audit log tells who wrote to an object: not who read it, was refused, or is a part of the cluster', () => {
  const log = [
    audit('get', 'reader'),
    audit('patch', 'refused', { responseStatus: { code: 403 } }),
    audit('update', 'system:serviceaccount:kube-system:deployment-controller'),
    audit('patch', 'oidc:ines', {
      objectRef: { resource: 'deployments', namespace: 'shop', name: 'web', subresource: 'scale' },
    }),
  ].join('\n');
  expect(fact('who scaled web?', log)).toBe(
    '`oidc:ines` patched Deployment shop/web (scale) at 2026-01-02T03:04:05.000000Z.',
  );
  expect(fact('who scaled api?', log)).toBeUndefined();
});

test('so do records of changes, the newest first', () => {
  const record = (actor: string, time: string) => ({ action: 'update', actor, resource_name: 'web', timestamp: time });
  const records = JSON.stringify({
    changes: [record('a.old', '2026-01-01T00:00:00Z'), record('b.new', '2026-01-03T00:00:00Z')],
  });
  expect(fact('who changed web last?', records)).toBe(
    '`b.new` updated web at 2026-01-03T00:00:00Z. `a.old` updated web at 2026-01-01T00:00:00Z.',
  );
  expect(fact('why does web crash?', records)).toBeUndefined();
});

test('labels and annotations tell whose something is', () => {
  const namespace = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tides', labels: { 'example.org/team': 'hydro' }, annotations: { contact: '#hydro' } },
  });
  expect(fact('which team owns tides?', namespace)).toBe(
    'Namespace tides has `example.org/team: hydro`, `contact: #hydro`.',
  );
  expect(fact('is tides ok?', namespace)).toBeUndefined();
});
