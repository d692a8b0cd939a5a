import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packVerdicts, unpackVerdicts } from '../../../pipelines/policy-fix/verdicts.ts';
import type { Violation } from '../../../src/policy/violation.ts';

const violation = (resource: number, policy: string, message: string): Violation => ({
  resource,
  engine: 'kyverno',
  policy: { kind: 'ClusterPolicy', name: policy },
  message,
});

describe('packed verdicts', () => {
  it('unpack to what was packed, in the order of the objects', () => {
    const objects = 4;
    const one = fc.record({ at: fc.nat(objects - 1), policy: fc.constantFrom('a', 'b'), message: fc.string() });
    fc.assert(
      fc.property(fc.array(one), (list) => {
        const violations = list.map(({ at, policy, message }) => violation(at, policy, message));
        const expected = Array.from({ length: objects }, (_, at) =>
          violations.filter(({ resource }) => resource === at),
        );
        expect(unpackVerdicts(JSON.parse(JSON.stringify(packVerdicts(violations, objects))))).toEqual(expected);
      }),
    );
  });

  it('keep every violation of thousands with long messages of their own, in a size that a journal takes', () => {
    const violations = Array.from({ length: 20_000 }, (_, i) =>
      violation(i % 1_000, `p${i % 20}`, `${'long '.repeat(200)}${i}`),
    );
    const packed = packVerdicts(violations, 1_000);
    expect(JSON.stringify(packed).length).toBeLessThan(2 * 1024 * 1024);
    expect(unpackVerdicts(packed).map((list) => list.length)).toEqual(Array(1_000).fill(20));
  });

  it('say the same words once', () => {
    const packed = packVerdicts(
      Array.from({ length: 500 }, (_, i) => violation(i, 'p', 'no')),
      500,
    );
    expect(packed.said).toHaveLength(1);
  });
});
