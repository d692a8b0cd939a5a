import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cidrContains, networkOf } from '../src/networks.ts';

it('tells networks and addresses inside of one from those outside', () => {
  expect(cidrContains('10.0.0.0/8', '10.4.0.0/16')).toBe(true);
  expect(cidrContains('10.0.0.0/8', '10.4.0.1')).toBe(true);
  expect(cidrContains('10.0.0.0/8', '0.0.0.0/0')).toBe(false);
  expect(cidrContains('10.0.0.0/8', '11.0.0.0/8')).toBe(false);
  expect(cidrContains('2001:db8::/32', '2001:db8:1::/48')).toBe(true);
  expect(cidrContains('10.0.0.0/8', '2001:db8::/32')).toBe(false);
});

it('says nothing of what is neither', () => {
  for (const [network, inner] of [
    ['10.0.0.0', '10.0.0.0'],
    ['10.0.0.0/33', '10.0.0.0'],
    ['10.0.0.0/8/8', '10.0.0.0'],
    ['ten', '10.0.0.0'],
    ['10.0.0.0/8', 'opsline'],
  ] as const)
    expect(cidrContains(network, inner)).toBeUndefined();
});

it('holds of every network and a smaller one at the same address', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const bits = fc.integer({ min: 0, max: 32 });
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), bits, bits, (octets, a, b) => {
      const address = octets.join('.');
      expect(cidrContains(`${address}/${a}`, `${address}/${b}`)).toBe(b >= a);
    }),
  );
});

it('makes a network of an address, and leaves one as it is', () => {
  expect(['192.0.2.1', '2001:db8::1', '10.0.0.0/8', 'opsline'].map(networkOf)).toEqual([
    '192.0.2.1/32',
    '2001:db8::1/128',
    '10.0.0.0/8',
    undefined,
  ]);
});
