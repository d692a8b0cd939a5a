import { describe, expect, it } from 'vitest';
import { regexFits } from '../../../pipelines/policy-fix/regex-fits.ts';

describe('whether a pattern fits', () => {
  it.each([
    ['^(http|tcp)(-[a-z0-9]+)*$', 'http-web', true],
    ['^(http|tcp)(-[a-z0-9]+)*$', 'admin', false],
    ['^[a-z]([-a-z]*[a-z])?(\\.[a-z]([-a-z]*[a-z])?)*$', 'a-b.c', true],
    ['^(a|b)+(c+d)?$', 'abccd', true],
    ['^[a-z(+)]+$', 'a(', true],
  ])('%s: %s', (pattern, text, fits) => expect(regexFits(pattern, text)).toBe(fits));

  it('answers at once of groups whose parts are told apart, however long the text', () => {
    for (const [pattern, part] of [
      ['^(-[a-z]+)*$', '-ab'],
      ['^[a-z]([-a-z]*[a-z])?(\\.[a-z]([-a-z]*[a-z])?)*$', 'a.b-b'],
    ] as const) {
      const started = performance.now();
      expect(regexFits(pattern, `${part.repeat(150)}!`)).toBe(false);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });

  it.each(['^(a+)+$', '^((a)+)+$', '^((a)+(a)*)+$', '^(-[-a-z]+)*$', '^(-[a-z]*[a-z]*)*$', '^(.[a-z]+)*$', '^\\pL+$'])(
    'does not say of %s, which takes long or means something else',
    (pattern) => expect(regexFits(pattern, 'aaaa')).toBeUndefined(),
  );
});
