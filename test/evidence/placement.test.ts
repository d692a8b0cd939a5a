import { describe, expect, it } from 'vitest';
import { couldHost, fitsLabels, quantity, untolerated } from '../../src/evidence/placement.ts';

const node = (labels: object, more: { taints?: object[]; allocatable?: object } = {}) => ({
  metadata: { labels },
  spec: { taints: more.taints },
  status: { allocatable: more.allocatable },
});
const pod = (spec: object) => ({ spec });
const requiring = (...matchExpressions: object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
});

describe('quantities', () => {
  it.each([
    ['250m', 0.25],
    ['2', 2],
    [4, 4],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['128M', 128e6],
    ['much', undefined],
    ['5 apples', undefined],
    [undefined, undefined],
  ])('%s is %s', (value, number) => expect(quantity(value)).toBe(number));
});

describe('labels', () => {
  const fast = node({ disk: 'nvme', zone: 'a' });
  it.each([
    ['nothing asked', {}, true],
    ['a selector that is met', { nodeSelector: { disk: 'nvme' } }, true],
    ['a selector that is not', { nodeSelector: { disk: 'nvme', gpu: 'yes' } }, false],
    ['In', { affinity: requiring({ key: 'zone', operator: 'In', values: ['a', 'b'] }) }, true],
    ['In, not among them', { affinity: requiring({ key: 'zone', operator: 'In', values: ['c'] }) }, false],
    ['NotIn', { affinity: requiring({ key: 'zone', operator: 'NotIn', values: ['a'] }) }, false],
    ['Exists', { affinity: requiring({ key: 'gpu', operator: 'Exists' }) }, false],
    ['DoesNotExist', { affinity: requiring({ key: 'gpu', operator: 'DoesNotExist' }) }, true],
  ])('%s', (_, spec, fits) => expect(fitsLabels(fast, pod(spec))).toBe(fits));
});

describe('taints', () => {
  const tainted = node({}, { taints: [{ key: 'pool', value: 'x', effect: 'NoSchedule' }] });
  it.each([
    ['none tolerated', [], 1],
    ['all tolerated', [{ operator: 'Exists' }], 0],
    ['this key', [{ key: 'pool', operator: 'Exists' }], 0],
    ['this value', [{ key: 'pool', value: 'x', effect: 'NoSchedule' }], 0],
    ['another value', [{ key: 'pool', value: 'y' }], 1],
    ['another effect', [{ key: 'pool', operator: 'Exists', effect: 'NoExecute' }], 1],
  ])('%s', (_, tolerations, left) => expect(untolerated(tainted, pod({ tolerations }))).toHaveLength(left));

  it('that the node’s own condition brought pass away', () => {
    const silent = node({}, { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }] });
    expect(untolerated(silent, pod({}))).toEqual([]);
  });
});

describe('an empty node', () => {
  const asking = (requests: object, limits = {}) => pod({ containers: [{ resources: { requests, limits } }] });
  const small = node({ a: 'b' }, { allocatable: { cpu: '2', memory: '4Gi' } });
  it('could take what it has room for', () => {
    expect(couldHost(small, asking({ cpu: '1500m', memory: '4Gi' }))).toBe(true);
    expect(couldHost(small, asking({ cpu: '2500m' }))).toBe(false);
  });
  it('takes a limit for a request, and offers nothing that it does not name', () => {
    expect(couldHost(small, asking({}, { 'nvidia.com/gpu': 1 }))).toBe(false);
  });
  it('of which only the name is known could take anything', () => {
    expect(couldHost({}, pod({ nodeSelector: { disk: 'nvme' }, containers: [] }))).toBe(true);
  });
});
