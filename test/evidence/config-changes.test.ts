import { expect, test } from 'vitest';
import { recordedChanges } from '../../src/evidence/config-changes.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';

const item = (text: string): EvidenceItem => ({
  id: 'E1',
  source: { kind: /^[[{]/.test(text) ? 'object' : 'log', name: 'changes.txt' },
  lines: { from: 1, to: text.split('\n').length },
  text,
});
const changesIn = (text: string) =>
  recordedChanges([item(text)]).map(({ object, fields, time, who }) => ({ object, fields, time, who }));

test('changes are read in whatever members a tool keeps them', () => {
  const flat = {
    resource_kind: 'ConfigMap',
    namespace: 'quay',
    name: 'crane-flags',
    timestamp: '2026-03-01T10:00:00Z',
    user: 'ada',
  };
  const object = { kind: 'ConfigMap', name: 'crane-flags', namespace: 'quay' };
  const fields = [{ path: 'data.DEPTH', before: '4', after: '9' }];
  const told = { object, fields, time: flat.timestamp, who: 'ada' };
  const listed = [{ field: 'data.DEPTH', old: '4', new: '9' }];
  expect(changesIn(JSON.stringify([{ ...flat, changes: listed }]))).toEqual([told]);
  expect(changesIn(JSON.stringify({ total: 1, items: [{ ...flat, diff: 'data.DEPTH: 4 -> 9' }] }))).toEqual([told]);
  expect(changesIn(JSON.stringify({ ...flat, diff: { 'data.DEPTH': { from: 4, to: 9 } } }))).toEqual([told]);
  expect(
    changesIn(
      JSON.stringify([
        {
          subject: { kind: 'configmap', name: 'crane-flags', namespace: 'quay' },
          at: flat.timestamp,
          by: 'ada',
          fields: listed,
        },
      ]),
    ),
  ).toEqual([told]);
});

test('a title names the object of a change that has no members for it', () => {
  const [change] = changesIn(
    JSON.stringify([
      { title: 'Updated deployment crane in namespace quay', changes: [{ path: 'spec.replicas', old: 3, new: 1 }] },
    ]),
  );
  expect(change?.object).toEqual({ kind: 'Deployment', name: 'crane', namespace: 'quay' });
});

test('lines below a head with a time are changes of its object', () => {
  const [change, ...more] = changesIn(`--- deployment/crane  2026-03-01T10:00:00Z  by ada
spec.template.spec.containers[0].resources.limits.memory: 1Gi -> 192Mi`);
  expect(more).toEqual([]);
  expect(change).toMatchObject({
    object: { kind: 'Deployment', name: 'crane' },
    fields: [{ before: '1Gi', after: '192Mi' }],
    who: 'ada',
  });
});

test('what only looks alike is no change', () => {
  expect(changesIn(JSON.stringify([{ kind: 'Deployment', name: 'crane', changes: [] }]))).toEqual([]);
  expect(
    changesIn(
      JSON.stringify([{ kind: 'Deployment', name: 'crane', changes: [{ field: 'mood', old: 'a', new: 'b' }] }]),
    ),
  ).toEqual([]);
  expect(changesIn(JSON.stringify([{ kind: 'Deployment', name: 'crane', diff: 'spec.replicas: 3 -> 3' }]))).toEqual([]);
  expect(changesIn('circuit: open -> closed\nGET /a -> 200')).toEqual([]);
});
