import { describe, expect, it } from 'vitest';
import { withWholeNumbers, withWholeParameters } from '../../src/policy/cel-numbers.ts';

describe('whole numbers in CEL', () => {
  it.each([
    ['object.spec.replicas % 2 == 1', 'int(object.spec.replicas) % 2 == 1'],
    ['(object.spec.a + 1) <= object.spec.b', '(int(object.spec.a) + 1) <= object.spec.b'],
    ['object.spec.?n.orValue(1) * 2 > 3', 'int(object.spec.?n.orValue(1)) * 2 > 3'],
    ['object.spec.a % object.spec.b == 0', 'int(object.spec.a) % int(object.spec.b) == 0'],
  ])('%s', (source, expected) => {
    expect(withWholeNumbers(source)).toBe(expected);
  });

  it.each([
    "'a' + object.metadata.name",
    'object.spec.containers + object.spec.initContainers',
    'object.spec.replicas <= 5',
    'object.spec.ratio * 1.5 > 3.0',
    'type(object.spec.x) == string',
    'no CEL at all %',
  ])('%s stays', (source) => {
    expect(withWholeNumbers(source)).toBe(source);
  });

  it('a type is asked of what has no fraction', () => {
    expect(withWholeNumbers('type(object.x) != int')).toBe(
      '!(type(object.x) == int || (type(object.x) == double && double(int(object.x)) == object.x))',
    );
  });
});

describe('whole parameters in the CEL of Gatekeeper', () => {
  const whole = (x: string): string =>
    `(type(${x}) == double && double(int(${x})) == ${x} ? dyn(int(${x})) : dyn(${x}))`;

  it.each([
    ['object.spec.n <= params.most - 1', `object.spec.n <= ${whole('params.most')} - 1`],
    ['object.spec.n % params.step == 0', `${whole('object.spec.n')} % ${whole('params.step')} == 0`],
  ])('%s', (source, expected) => {
    expect(withWholeParameters(source)).toBe(expected);
  });

  it.each([
    'object.spec.n <= params.most',
    "'for ' + object.metadata.name + ': ' + params.hint",
    "params.group + (object.kind + '/') + object.metadata.name",
    'string(params.most) + object.metadata.name',
    "params.names.join(', ') + object.metadata.name",
    'params.ratio * 1.5 > 3.0',
    'double(object.spec.n) / params.ratio > 3.0',
    'quantity(object.x).asApproximateFloat() * params.ratio < 2.0',
  ])('%s stays', (source) => {
    expect(withWholeParameters(source)).toBe(source);
  });
});
