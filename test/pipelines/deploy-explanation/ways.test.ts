import { expect, test } from 'vitest';
import { asksFor, wayOf } from '../../../pipelines/deploy-explanation/ways.ts';

const low = { risk: 'low', changes: true } as const;

test('a remedy goes back, edits, runs a command, or only looks', () => {
  expect(wayOf({ title: 'Roll back', ...low, command: 'kubectl rollout undo deployment/api' })).toBe('revert');
  expect(wayOf({ title: 'Roll back meanwhile', ...low })).toBe('revert');
  expect(wayOf({ title: 'Correct the name', ...low })).toBe('patch');
  expect(wayOf({ title: 'Do it', ...low, patch: '--- a/x\n' })).toBe('patch');
  expect(wayOf({ title: 'Scale it up', ...low, command: 'kubectl scale deployment/api --replicas=1' })).toBe('command');
  expect(wayOf({ title: 'Ask the API server', risk: 'none', changes: false, command: 'kubectl auth can-i' })).toBe(
    'look',
  );
  expect(wayOf({ title: 'Revert this', way: 'patch', ...low })).toBe('patch');
});

test('what is not in the hands of the one who deploys says whom to ask; all else does not', () => {
  const object = { kind: 'ResourceQuota', name: 'q' };
  const asks = asksFor({ kind: 'quota-exceeded', summary: '', object, confidence: 1 });
  expect(asks).toEqual([expect.objectContaining({ way: 'ask', risk: 'none', changes: false })]);
  expect(asks[0]?.title).toMatch(/^Ask whoever owns the namespace /);
  expect(asksFor({ kind: 'image-not-found', summary: '', object, confidence: 1 })).toEqual([]);
});
