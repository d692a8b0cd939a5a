import { expect, test } from 'vitest';
import { toldPods } from '../../src/evidence/console/told-pods.ts';

const told = (line: string) => toldPods([line], new Set()).length;

test('a person says that a pod waits now', () => {
  for (const line of [
    'web-0 CrashLoopBackOff, 11 restarts',
    '- pod web-0 is in ImagePullBackOff since the deploy',
    'web-0 is in CrashLoopBackOff, it should be Running',
  ])
    expect(told(line), line).toBe(1);
});

test('what is over, or only feared, is no state', () => {
  for (const line of [
    "web-0 isn't in CrashLoopBackOff anymore",
    'If web-0 goes into CrashLoopBackOff, restart it by hand.',
    'yesterday web-0 went into CrashLoopBackOff',
    'web-0 used to be CrashLoopBackOff',
    'web-0 CrashLoopBackOff -> Running',
    'web-0 changed from ImagePullBackOff to Running',
  ])
    expect(told(line), line).toBe(0);
});
