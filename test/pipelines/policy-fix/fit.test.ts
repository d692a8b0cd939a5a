import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { set } from '../../../pipelines/policy-fix/edits.ts';
import { fitEdits, fitToSchema } from '../../../pipelines/policy-fix/fit.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' };
const CRON_JOB = { apiVersion: 'batch/v1', kind: 'CronJob' };
const WIDGET = { apiVersion: 'lab.example.com/v1', kind: 'Widget' };
const TOKEN = ['spec', 'automountServiceAccountToken'];

describe('a number where one stands as a text', () => {
  const quota = (most: string | number) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    spec: { hard: { pods: most } },
  });
  const written = (object: ReturnType<typeof quota>) => fitEdits(object, [set(['spec', 'hard', 'pods'], 2)]);

  it('stays one', () => {
    expect(written(quota('5'))).toEqual([set(['spec', 'hard', 'pods'], '2')]);
    expect(written(quota(5))).toEqual([set(['spec', 'hard', 'pods'], 2)]);
  });

  it('is a number where the field takes no text', () => {
    const job = { ...CRON_JOB, spec: { startingDeadlineSeconds: '5' } };
    expect(fitEdits(job, [set(['spec', 'startingDeadlineSeconds'], 2)])).toEqual([
      set(['spec', 'startingDeadlineSeconds'], 2),
    ]);
  });
});

describe('a value for a field', () => {
  it.each([
    ['a truth value as text', POD, TOKEN, 'false', false],
    ['a truth value', POD, TOKEN, true, true],
    ['no truth value', POD, TOKEN, 'opsline', undefined],
    ['no truth value but a number', POD, TOKEN, 0, undefined],
    ['a number as text', CRON_JOB, ['spec', 'startingDeadlineSeconds'], '30', 30],
    ['no whole number', CRON_JOB, ['spec', 'startingDeadlineSeconds'], 1.5, undefined],
    ['a number for a text', POD, ['metadata', 'labels', 'tier'], 3, '3'],
    ['a number for a text of any kind', WIDGET, ['spec', 'template', 'metadata', 'annotations', 'least'], 1, '1'],
    ['a number of a kind without schema', WIDGET, ['spec', 'least'], 1, 1],
    ['a port by name', POD, ['spec', 'containers', 0, 'livenessProbe', 'httpGet', 'port'], 'http', 'http'],
    ['a port by number', POD, ['spec', 'containers', 0, 'livenessProbe', 'httpGet', 'port'], 80, 80],
    ['a quantity', POD, ['spec', 'containers', 0, 'resources', 'limits', 'memory'], '1Gi', '1Gi'],
    ['an object', POD, ['spec', 'volumes', 0, 'emptyDir'], {}, {}],
    [
      'an object with a text inside',
      POD,
      ['spec', 'securityContext'],
      { runAsNonRoot: 'true' },
      { runAsNonRoot: true },
    ],
    ['a field that does not exist', POD, ['spec', 'replicas'], 2, undefined],
    ['an unknown field inside', POD, ['spec', 'securityContext'], { capabilities: {} }, undefined],
    ['a list where an object stands', POD, ['spec', 'securityContext'], [], undefined],
    ['nothing, which takes a field away', POD, TOKEN, null, null],
    ['anything of a kind without schema', { apiVersion: 'lab/v1', kind: 'Pod' }, TOKEN, 'opsline', 'opsline'],
  ])('%s', (_, object, path, value, expected) => {
    expect(fitToSchema(object, path, value)).toEqual(expected);
  });

  it('may be an element of a list', () => {
    expect(fitToSchema(POD, ['spec', 'containers', 0, 'command'], 7, true)).toBe('7');
    expect(fitToSchema(POD, ['spec', 'containers', 0, 'command'], {}, true)).toBeUndefined();
  });

  it('stays what it is once it fits', () => {
    const path = fc.constantFrom(TOKEN, ['spec', 'priority'], ['spec', 'nodeName'], ['spec', 'containers', 0, 'args']);
    fc.assert(
      fc.property(path, fc.jsonValue(), (where, value) => {
        const once = fitToSchema(POD, where, value as never);
        expect(once === undefined ? undefined : fitToSchema(POD, where, once)).toEqual(once);
      }),
    );
  });
});
