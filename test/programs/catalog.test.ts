import { describe, expect, it } from 'vitest';
import { builtPath, cacheFolder, PROGRAMS, programPin } from '../../src/programs/catalog.ts';

describe('a program’s pin', () => {
  it.each(PROGRAMS)('%s is read from its go.mod', async (name) => {
    const pin = await programPin(name);
    expect(pin.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(pin.go).toMatch(/^1\.\d+(\.\d+)?$/);
    expect(pin.upstream).toMatch(/^github\.com\//);
    expect(pin.package.includes(name)).toBe(pin.wrapped === undefined);
  });

  it('takes the version of the module that holds the tool, not of one that is named alike', async () => {
    // gator's module requires opa, and kyverno's requires both: each must find its own line.
    const [opa, gator, kyverno] = await Promise.all([programPin('opa'), programPin('gator'), programPin('kyverno')]);
    expect(gator.package).toBe('github.com/open-policy-agent/gatekeeper/v3/cmd/gator');
    expect(new Set([opa.version, gator.version, kyverno.version]).size).toBe(3);
  });
});

describe('the cache', () => {
  it('follows XDG_CACHE_HOME, and HOME without it', async () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/opsline');
    expect(cacheFolder({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/opsline$/);
    const pin = await programPin('opa');
    expect(builtPath(pin, { XDG_CACHE_HOME: '/x' })).toBe(`/x/opsline/bin/opa-${pin.version}`);
    const wrapped = await programPin('kyverno');
    expect(builtPath(wrapped, { XDG_CACHE_HOME: '/x' })).toBe(
      `/x/opsline/bin/kyverno-${wrapped.version}-${wrapped.wrapped}`,
    );
  });
});
