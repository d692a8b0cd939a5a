import fc from 'fast-check';
import { expect, test } from 'vitest';
import { complaintsIn, judge } from '../../../src/evidence/status/judge.ts';
import { toneOf, troubled, waits } from '../../../src/evidence/status/words.ts';
import type { Json } from '../../../src/json.ts';

const resource = (status: unknown, more: Json = {}): Json => ({
  kind: 'Thing',
  metadata: { name: 'x' },
  status,
  ...more,
});
const condition = (type: string, status: string, more: Json = {}): Json => ({ type, status, ...more });
const says = (object: Json): string[] => complaintsIn(judge(object)?.because ?? []).map((one) => one.says);

test.each([
  ['FailedNotVisible', 'bad'],
  ['HEALTH_ERR', 'bad'],
  ['PartiallyFailed', 'bad'],
  ['NonCompliant', 'bad'],
  ['ConfigOutOfSync', 'bad'],
  ['RolesMaxLimitReached', 'bad'],
  ['NO_QUORUM', 'bad'],
  ['RequiresApproval', 'going'],
  ['NotReady', 'unready'],
  ['Unavailable', 'unready'],
  ['NoErrors', 'good'],
  ['NotDegraded', 'good'],
  ['Setting up primary', 'going'],
  ['ImportInProgress', 'going'],
  ['ScalingDown', 'going'],
  ['Paused', 'held'],
  ['Running', 'good'],
  ['Bound', 'good'],
  ['v1beta1', undefined],
])('%s is %s', (word, tone) => {
  expect(toneOf(word)).toBe(tone);
});

test('sentences tell of trouble, of its absence, or of work', () => {
  expect(troubled('dial tcp: lookup db: no such host')).toBe(true);
  expect(troubled('install strategy completed with no errors')).toBe(false);
  expect(troubled('Tasks Completed: 4 (Failed: 0, Cancelled 0)')).toBe(false);
  expect(waits('Waiting for 2 of 3 replicas')).toBe(true);
  expect(waits('Waiting for x due to CrashLoopBackOff')).toBe(false);
  expect(waits('Something went wrong')).toBe(false);
  expect(waits("DB in 'creating' state, cannot be modified until 'available'")).toBe(true);
  expect(waits("DB in 'failing' state, cannot be modified")).toBe(false);
  expect(waits("the volume is stuck in 'detaching' state")).toBe(false);
});

test('whatever a status holds, it is read', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.jsonValue({ maxDepth: 2 }), (status, spec) => {
      const judgement = judge(JSON.parse(JSON.stringify(resource(status, { spec }))));
      if (judgement !== undefined) expect(judgement.because.length).toBeGreaterThan(0);
    }),
  );
});

test('a condition that is bad when True is good when False, and the other way round', () => {
  const good = fc.constantFrom('Ready', 'Available', 'ResourcesSynced', 'ValidationSucceeded', 'Bound');
  const bad = fc.constantFrom('Degraded', 'FetchFailed', 'Stalled', 'ReconcileError', 'NodeDegraded');
  fc.assert(
    fc.property(good, bad, fc.boolean(), fc.boolean(), (type, other, up, broken) => {
      const conditions = [condition(type, up ? 'True' : 'False'), condition(other, broken ? 'True' : 'False')];
      expect(judge(resource({ conditions }))?.is).toBe(up && !broken ? 'well' : 'unwell');
    }),
  );
});

test('wherever conditions stand, they say the same', () => {
  const conditions = [condition('Accepted', 'False', { reason: 'Refused', message: 'the port is taken' })];
  for (const status of [{ conditions }, { parents: [{ name: 'edge', conditions }] }, { a: { b: { conditions } } }])
    expect(judge(resource(status))).toMatchObject({ is: 'unwell', because: [{ says: 'the port is taken' }] });
  expect(says(resource({ parents: [{ name: 'edge', conditions }] }))).toEqual(['the port is taken (edge)']);
});

test('what a good end leaves behind is no complaint', () => {
  const failures = fc.array(fc.record({ phase: fc.constant('Failed'), message: fc.string() }), { maxLength: 4 });
  fc.assert(
    fc.property(failures, fc.constantFrom('Succeeded', 'Completed', 'Complete'), (nodes, phase) => {
      expect(judge(resource({ phase, nodes }))?.is).toBe('well');
    }),
  );
});

test('what is only not ready waits: for work under way, for who holds it, for the generation it speaks of', () => {
  const conditions = [condition('Ready', 'False')];
  expect(judge(resource({ conditions }))).toMatchObject({ is: 'unwell', sure: false });
  expect(judge(resource({ conditions, phase: 'Upgrading' }))?.is).toBe('under-way');
  expect(judge(resource({ conditions }, { spec: { suspend: true } }))?.is).toBe('held');
  const metadata = { name: 'x', generation: 2 };
  expect(judge(resource({ conditions, observedGeneration: 1 }, { metadata }))?.is).toBe('under-way');
  // What failed has failed, whatever it speaks of.
  const failed = [condition('Ready', 'False', { reason: 'ApplyFailed', message: 'denied' })];
  for (const more of [{ spec: { suspend: true } }, { metadata }])
    expect(judge(resource({ conditions: failed, observedGeneration: 1 }, more))?.is).toBe('unwell');
});

test('an error is told by what it came from: in a cause, in JSON, below a trace', () => {
  const cause = {
    message: 'job failed',
    cause: JSON.stringify({ message: 'step failed', cause: { message: 'no such disk' } }),
  };
  expect(says(resource({ state: 'Failed', error: cause }))[0]).toBe('no such disk');
  const trace = 'Deploying failed with:\nTraceback (most recent call last):\n  File "a.py"\nKeyError: \'x\'';
  expect(says(resource({ state: 'Failed', message: trace }))[0]).toBe("Deploying failed with: KeyError: 'x'");
  expect(says(resource({ state: 'Failed', logSnippet: 'step 1\nerror: no space left\n' }))[0]).toBe(
    'error: no space left',
  );
});

test('work that runs has an end to come to, a service that runs is well', () => {
  expect(judge(resource({ phase: 'Running' }, { kind: 'Migration' }))?.is).toBe('under-way');
  expect(judge(resource({ phase: 'Running' }, { kind: 'Cluster' }))?.is).toBe('well');
  expect(judge(resource({ phase: 'Succeeded', progress: '1/2' }, { kind: 'Migration' }))?.is).toBe('well');
});

test('a reason that something is not yet there does not end the work', () => {
  const of = (reason: string) => judge(resource({ conditions: [condition('Progressing', 'True', { reason })] }))?.is;
  expect(of('NewReplicaSetAvailable')).toBe('well');
  expect(of('RackNotReady')).toBe('under-way');
});

test('conditions that are the states a resource went through are over but for the present one', () => {
  const was = (type: string, minute: number) =>
    condition(type, 'True', { lastTransitionTime: `2026-11-01T08:${10 + minute}:00Z` });
  const conditions = [was('initializing', 0), was('error', 1), was('ready', 2)];
  expect(judge(resource({ conditions, state: 'ready' }))?.is).toBe('well');
  expect(judge(resource({ conditions: [...conditions, was('error', 3)], state: 'error' }))?.is).toBe('unwell');
  expect(judge(resource({ conditions: [...conditions, was('initializing', 3), was('ready', 4)] }))?.is).toBe('well');
  // Nothing says that they are a log: what failed before it became ready may still fail.
  expect(judge(resource({ conditions: [was('Degraded', 0), was('Ready', 1)] }))?.is).toBe('unwell');
  // Nor are they, where one is denied.
  const denied = [was('Degraded', 0), was('Ready', 1), condition('Progressing', 'False')];
  expect(judge(resource({ conditions: denied, state: 'Ready' }))?.is).toBe('unwell');
});

test('the last error counts while work is under way, and is over when it is well', () => {
  const lastError = 'cannot evict: budget exceeded';
  expect(judge(resource({ lastError, phase: 'Running', drainProgress: 90 }))?.is).toBe('unwell');
  expect(judge(resource({ lastError, phase: 'Running' }))?.is).toBe('well');
  expect(judge(resource({ inProgress: 7, phase: 'Running' }))?.is).toBe('well');
  const conditions = [condition('Ready', 'True'), condition('Reconciling', 'True')];
  expect(judge(resource({ lastError, conditions }))?.is).not.toBe('unwell');
});

test('names of fields that are written as one word are read by what they end in', () => {
  expect(says(resource({ buildstatus: 'failed', buildlog: 'step 1\nerror: no space left\nexit status 1' }))[0]).toBe(
    'error: no space left',
  );
  expect(judge(resource({ catalog: 'error: none' }))).toBeUndefined();
});

test('a pool is well while some of it is left, and nobody knows how it should be when nothing is', () => {
  expect(judge(resource({ assignedIPv4: 9, availableIPv4: 7 }))?.is).toBe('well');
  expect(judge(resource({ assignedIPv4: 9, availableIPv4: 0 }))).toBeUndefined();
  expect(judge(resource({ availableNodes: 1, size: 3 }))).toBeUndefined();
});

test('a code of gRPC with a message is a failure, 0 is none', () => {
  expect(judge(resource({ code: 8, message: 'nothing left on VG' }))?.is).toBe('unwell');
  expect(judge(resource({ code: 0, message: 'made' }))?.is).not.toBe('unwell');
});

test('what a provider shows of the thing itself counts only for what is unwell', () => {
  const atProvider = { description: 'last update failed: quota exceeded' };
  expect(says(resource({ atProvider, conditions: [condition('Ready', 'False', { reason: 'Unavailable' })] }))[0]).toBe(
    atProvider.description,
  );
  expect(judge(resource({ atProvider, conditions: [condition('Ready', 'True')] }))?.is).toBe('well');
});

test('what is still being created long after it was made is stuck', () => {
  const conditions = [condition('Ready', 'False', { reason: 'Creating', message: 'Waiting for the volume' })];
  expect(judge(resource({ conditions }, { age: 120 }))?.is).toBe('under-way');
  expect(judge(resource({ conditions }, { age: 7200 }))?.is).toBe('unwell');
});

test('a bare resource, or one that says nothing of how it is, is not judged', () => {
  expect(judge({ kind: 'Thing', metadata: { name: 'x' }, spec: { size: 1 } })).toBeUndefined();
  expect(judge(resource({ observedGeneration: 1, url: 'https://example.org' }))).toBeUndefined();
});

test('a part without a name is yet to be made while its whole is; what others should have made is missing', () => {
  const absent = (message: string, phase: string) =>
    judge(resource({ phase, conditions: [condition('Ready', 'False', { message })] }))?.is;
  expect(absent('Guest does not exist', 'Provisioning')).toBe('under-way');
  expect(absent('Guest does not exist', 'Running')).toBe('unwell');
  expect(absent('secret "db" does not exist', 'Provisioning')).toBe('unwell');
});

test('what a thing is called is no state of it', () => {
  expect(judge(resource({ results: [{ name: 'errors', phase: 'Successful' }] }))?.is).toBe('well');
  expect(judge(resource({ results: [{ proxy: 'errors', broker: 'ready' }] }))?.is).toBe('unwell');
});

test('work is under way as the one map of its status says that has a state, and over as the status itself says', () => {
  const job = { kind: 'PatchJob' };
  expect(judge(resource({ result: { status: 'running' } }, job))?.is).toBe('under-way');
  expect(judge(resource({ result: { status: 'running' } }))?.is).toBe('well');
  expect(judge(resource({ phase: 'Succeeded', cluster: { state: 'running' } }, job))?.is).toBe('well');
});

test('a listed state without a status says by its type how it is', () => {
  const state = (type: string) =>
    judge(resource({ parts: [{ name: 'a', state: [{ type, messages: ['as it is now'] }] }] }));
  expect(state('LimitReached')?.is).toBe('unwell');
  expect(state('Scaled')?.is).not.toBe('unwell');
});

test('what a part says explains a state that says nothing else, unless the part is well', () => {
  const details = (more: Json) =>
    says(resource({ compliant: 'NonCompliant', details: { pay: { message: 'two of them end on Friday', ...more } } }));
  expect(details({})[0]).toContain('two of them end on Friday');
  expect(details({ state: 'ok' }).join()).not.toContain('Friday');
  const history = [
    { message: 'violation - the first of them lacks', lastTimestamp: '2026-10-01T00:00:00Z' },
    { message: 'violation - all of them are lacking', lastTimestamp: '2026-10-02T00:00:00Z' },
  ];
  expect(says(resource({ compliant: 'NonCompliant', details: [{ compliant: 'NonCompliant', history }] }))[0]).toContain(
    'all of them are lacking',
  );
});

test('parts that count what is active beside what succeeded and failed are at work', () => {
  const counted = (active: number) => judge(resource({ parts: [{ name: 'w', active, succeeded: 0, failed: 0 }] }))?.is;
  expect(counted(4)).toBe('under-way');
  expect(counted(0)).not.toBe('under-way');
  expect(judge(resource({ phase: 'Failed', parts: [{ name: 'w', active: 4, succeeded: 0, failed: 1 }] }))?.is).toBe(
    'unwell',
  );
});

test('what waits for a dependency is under way for an hour', () => {
  const conditions = [
    condition('Ready', 'False', { reason: 'DependencyNotReady', message: 'Network net is not ready' }),
  ];
  expect(judge(resource({ conditions }))?.is).toBe('under-way');
  expect(judge(resource({ conditions }, { age: 7200 }))?.is).toBe('unwell');
  expect(judge(resource({ conditions: [{ ...conditions[0], reason: 'DependencyFailed' }] }))?.is).toBe('unwell');
});

test('the output of an error is one, also where it is JSON in a text', () => {
  const errorOutput = { errorCode: 'TARGET_SELECTION', reason: '{"target":"web","reason":"no pods carry the labels"}' };
  expect(says(resource({ experimentStatus: { phase: 'Error', errorOutput } }))[0]).toBe('no pods carry the labels');
  expect(judge(resource({ experimentStatus: { phase: 'Completed', output: 'no pods carry the labels' } }))?.is).toBe(
    'well',
  );
});

test('names of what failed count where nothing else is said', () => {
  expect(says(resource({ finished: ['a-0'], failed: ['a-1', 'a-2'] }))[0]).toContain('a-1, a-2');
  expect(judge(resource({ finishTime: '2026-01-01T00:00:00Z', failedNodes: ['n1'] }))?.is).toBe('unwell');
  expect(judge(resource({ finished: ['a-0'], failed: [] }))?.is).not.toBe('unwell');
  expect(judge(resource({ phase: 'Succeeded', failedTrials: ['t-1'] }))?.is).toBe('well');
  expect(judge(resource({ conditions: [condition('Ready', 'True')], failedJobs: ['old-1'] }))?.is).toBe('well');
});

test('parts that do not serve beside others that do make it serve partly', () => {
  expect(judge(resource({ health: 'yellow', drivesOnline: 12, drivesOffline: 4 }))?.is).toBe('unwell');
  expect(judge(resource({ phase: 'Running', peers: { connectedPeers: 3, disconnectedPeers: 1 } }))?.is).toBe('unwell');
  expect(judge(resource({ phase: 'Running', osdsUp: 3, osdsDown: 0 }))?.is).toBe('well');
  // What has not come up has none that serve.
  expect(judge(resource({ phase: 'Starting', drivesOnline: 0, drivesOffline: 16 }))?.is).toBe('under-way');
});

test('the error beside a part that succeeded is of before, and a part is behind while the whole is updated', () => {
  const parts = (state: string) => ({ b0: { scaleState: state, errorMessage: 'NotReachable yet' } });
  expect(judge(resource({ state: 'RollingUpgrading', parts: parts('UpscaleSucceeded') }))?.is).toBe('under-way');
  expect(judge(resource({ state: 'RollingUpgrading', parts: parts('UpscaleCompleted') }))?.is).toBe('unwell');
  const behind = (state: string) => judge(resource({ state, parts: { b0: { config: 'x', syncState: 'OutOfSync' } } }));
  expect(behind('RollingUpgrading')?.is).toBe('under-way');
  expect(behind('')?.is).toBe('unwell');
  expect(judge(resource({ syncState: 'OutOfSync' }))?.sure).toBe(true);
});

test('of a list of attempts the newest tells how it is, where nothing else does', () => {
  const attempt = (type: string, timestamp: string) => ({
    operation: 'Apply',
    type,
    timestamp,
    message: type === 'Failed' ? 'cannot set the queue of eth0: exit status 1' : '',
  });
  const tried = (...events: Json[]) => resource({ experiment: { records: [{ id: 'a/b', events }] } });
  const [first, second] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z'];
  expect(says(tried(attempt('Succeeded', first), attempt('Failed', second)))[0]).toContain('queue of eth0');
  expect(judge(tried(attempt('Failed', first), attempt('Succeeded', second)))?.is).not.toBe('unwell');
});
