import { describe, expect, it } from 'vitest';
import { policyFix, policyFixHere, policyFixServing } from '../../../pipelines/policy-fix/index.ts';
import { blameless } from '../../../pipelines/policy-fix/schema-errors.ts';
import { isBetter, noWorse, tally } from '../../../pipelines/policy-fix/tally.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { type EngineName, unjudged } from '../../../src/policy/violation.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' } };
const serving = policyFixServing(new Map([['lab', { kind: 'in-cluster' }]]));
const asked = (more: object) => ({ manifests: [{ file: 'm.yaml', text: JSON.stringify(MAP) }], ...more });

describe('a request to be judged by a cluster', () => {
  it.each([
    [
      'a service has none',
      policyFix,
      { engines: ['cluster'], cluster: 'prod' },
      'none is configured (OPSLINE_CLUSTERS)',
    ],
    ['one that the service does not know', serving, { engines: ['cluster'], cluster: 'prod' }, 'there are: lab'],
    ['the engine without a cluster', policyFixHere, { engines: ['cluster'] }, 'go together'],
    [
      'a cluster without the engine',
      policyFixHere,
      { engines: ['pss'], level: 'baseline', cluster: 'prod' },
      'go together',
    ],
    [
      'a namespace that is none',
      policyFixHere,
      { engines: ['cluster'], cluster: 'prod', namespace: '../pods' },
      'name of a namespace',
    ],
  ])('%s', async (_, pipeline, more, words) => {
    await expect(runInProcess(pipeline, asked(more), { predictor: noModel() })).rejects.toThrow(words);
  });

  it('names a cluster that somebody configured', async () => {
    const request = asked({ engines: ['cluster'], cluster: 'prod' });
    const { run } = await runInProcess(policyFixHere, request, { predictor: noModel() });
    expect(run.error).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('"prod"') });
  });
});

describe('one denial at a time', () => {
  const said = (...names: [EngineName, string][]) =>
    tally(
      names.map(([engine, name]) => ({
        resource: 0,
        engine,
        policy: { kind: 'Policy', name },
        message: `${name} says no`,
      })),
    );

  it('what a cluster’s denial hid is no fault of the edit that lifts it', () => {
    expect(isBetter(said(['cluster', 'b']), said(['cluster', 'a']))).toBe(true);
    expect(isBetter(said(['cluster', 'b'], ['vap', 'c']), said(['cluster', 'a'], ['vap', 'c']))).toBe(true);
  });

  it.each([
    ['a denial more', said(['cluster', 'a'], ['cluster', 'b']), said(['cluster', 'a'])],
    ['another engine’s', said(['vap', 'b']), said(['cluster', 'a'])],
    ['one for another, of an engine that names all', said(['vap', 'b']), said(['vap', 'a'])],
    ['the same', said(['cluster', 'a']), said(['cluster', 'a'])],
  ])('%s is no improvement', (_, after, before) => expect(isBetter(after, before)).toBe(false));

  it('an object that cannot be judged any more is no improvement', () => {
    const lost = { ...unjudged('cluster', 'object', 'the cluster did not judge it'), resource: 0 };
    expect(isBetter(tally([lost]), said(['cluster', 'a']))).toBe(false);
    expect(isBetter(tally([lost]), said(['cluster', 'a'], ['cluster', 'b']))).toBe(false);
    expect(blameless([lost], [])).toEqual([lost]);
    expect(blameless([lost], [{ ...lost, message: 'nor did it before' }])).toEqual([]);
    expect(blameless([lost], [{ ...lost, rule: 'pods' }])).toEqual([lost]);
  });

  it('while shrinking, another denial is one that the edit left out had lifted', () => {
    expect(noWorse(said(['cluster', 'a']), said(['cluster', 'b']))).toBe(false);
  });
});
