import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/manifest/json.ts';
import { strategicDiff } from '../../src/manifest/kustomize/diff.ts';
import { strategicMerge } from '../../src/manifest/kustomize/merge.ts';
import { trace } from '../../src/manifest/kustomize/trace.ts';

const scalar = fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', ''));
const { value } = fc.letrec<{ value: Json; object: JsonObject; container: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(scalar, { maxLength: 3 }), tie('object')),
  container: fc.record(
    { name: fc.constantFrom('x', 'y', 'z'), image: fc.constantFrom('1', '2'), securityContext: tie('object') },
    { requiredKeys: ['name'] },
  ) as fc.Arbitrary<JsonObject>,
  object: fc
    .dictionary(fc.constantFrom('k', 'l', 'spec', 'containers', 'args'), tie('value'), { maxKeys: 4 })
    .chain((object) =>
      fc.option(fc.array(tie('container'), { maxLength: 4 }), { nil: undefined }).map((containers) => ({
        ...object,
        ...(containers === undefined ? {} : { containers: containers as Json[] }),
      })),
    ),
}));
const object = value.map((inner): JsonObject => ({ apiVersion: 'apps/v1', spec: inner }));

describe('strategicDiff', () => {
  it('is a patch that makes of one object the other', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(strategicMerge(before, strategicDiff(before, after), true)).toEqual(after);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names items of keyed lists alone', () => {
    const pod = (limit: string) => ({
      containers: [
        { name: 'a', image: 'i' },
        { name: 'b', resources: { limit } },
      ],
    });
    expect(strategicDiff(pod('1'), pod('2'))).toEqual({ containers: [{ name: 'b', resources: { limit: '2' } }] });
  });
});

describe('strategicMerge', () => {
  it('replaces lists of custom resources, as kustomize does without their schema', () => {
    const patch = { spec: { containers: [{ name: 'b' }] } };
    const of = (apiVersion: string) =>
      strategicMerge({ apiVersion, spec: { containers: [{ name: 'a' }] } }, patch).spec;
    expect(of('apps/v1')).toEqual({ containers: [{ name: 'a' }, { name: 'b' }] });
    expect(of('argoproj.io/v1alpha1')).toEqual({ containers: [{ name: 'b' }] });
    expect(of('gateway.networking.k8s.io/v1')).toEqual({ containers: [{ name: 'b' }] });
  });
});

describe('trace', () => {
  it('finds items by the key that they merge by', () => {
    const rendered = {
      spec: { containers: [{ name: 'a' }, { name: 'b', env: [{ name: 'X', value: '1' }] }], args: ['x', 'y'] },
    };
    const patch = { spec: { containers: [{ name: 'b', env: [{ name: 'X', value: '1' }] }], args: ['y'] } };
    const at = ['spec', 'containers', 1, 'env', 0, 'value'];
    expect(trace(patch, rendered, at)).toEqual({ path: ['spec', 'containers', 0, 'env', 0, 'value'], depth: 6 });
    expect(trace(patch, rendered, ['spec', 'containers', 1, 'image'])).toEqual({
      path: ['spec', 'containers', 0],
      depth: 3,
    });
    expect(trace(patch, rendered, ['spec', 'args', 1])).toEqual({ path: ['spec', 'args', 0], depth: 3 });
    expect(trace(patch, rendered, ['spec', 'containers', 0, 'image']).depth).toBe(2);
  });
});
