import { describe, expect, it } from 'vitest';
import { append, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import { accepts, wishes } from '../../../pipelines/policy-fix/kyverno/pattern.ts';
import { ruleWishes } from '../../../pipelines/policy-fix/kyverno/rules.ts';
import { isOwners } from '../../../pipelines/policy-fix/wish.ts';
import type { Json, JsonObject } from '../../../src/manifest/json.ts';

const edit = (each: ReturnType<typeof set> | ReturnType<typeof append> | ReturnType<typeof remove>) => ({
  kind: 'edit',
  edit: each,
});

/** What a rule that denies by one condition asks of an object. */
function denied(condition: { key: string; operator: string; value: Json }, object: JsonObject) {
  const rule = { name: 'r', validate: { deny: { conditions: { any: [condition] } } } };
  const document = { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', spec: { rules: [rule] } };
  const policy = { name: 'p', documents: [document], rules: ['r'], parameters: null, words: '', messages: '' };
  return ruleWishes({ object, violations: [], policies: [policy], siblings: [] }).map(({ wish }) => wish);
}

describe("what Kyverno's patterns ask for", () => {
  it('compares durations as durations, and other numbers as quantities', () => {
    expect(accepts('>=10m', '30s')).toBe(false);
    expect(accepts('>=10m', '1h')).toBe(true);
    expect(accepts('<=10m', '1h')).toBe(false);
    expect(accepts('10m-1h', '30m')).toBe(true);
    expect(accepts('<=500m', '1')).toBe(false);
    expect(wishes('>=10m', '30s', ['interval'])).toEqual([edit(set(['interval'], '10m'))]);
  });

  it('shortens no time that something is kept for', () => {
    expect(wishes('<=720h', '2160h', ['spec', 'ttl'])).toEqual([
      { kind: 'present', path: ['spec', 'ttl'], pattern: '<=720h' },
    ]);
    expect(wishes('>=720h', '24h', ['spec', 'ttl'])).toEqual([edit(set(['spec', 'ttl'], '720h'))]);
  });

  it('takes neither end of a range where nothing stands, unless Kubernetes has a value there', () => {
    const at = ['spec', 'ttlSecondsAfterFinished'];
    expect(wishes('60-86400', undefined, ['spec', 'wait'])).toEqual([
      { kind: 'present', path: ['spec', 'wait'], pattern: '60-86400' },
    ]);
    // Without it a Job stays for ever.
    expect(wishes('60-86400', undefined, at)).toEqual([edit(set(at, 86_400))]);
    expect(wishes('60-86400', 100_000, at)).toEqual([edit(set(at, 86_400))]);
    expect(wishes('1-5', undefined, ['spec', 'revisionHistoryLimit'])).toEqual([
      edit(set(['spec', 'revisionHistoryLimit'], 5)),
    ]);
    expect(wishes('1000-2000', undefined, ['runAsUser'])).toEqual([edit(set(['runAsUser'], 1_000))]);
  });

  it('gives no amount to a container that has none', () => {
    const at = ['resources', 'limits', 'memory'];
    expect(wishes('<=1Gi', undefined, at)).toEqual([{ kind: 'present', path: at, pattern: '<=1Gi' }]);
    expect(wishes('<=1Gi', '2Gi', at)).toEqual([edit(set(at, '1Gi'))]);
  });

  it('puts a text in the place of a text', () => {
    expect(wishes('false', 'true', ['config', 'insecure'])).toEqual([edit(set(['config', 'insecure'], 'false'))]);
    expect(wishes('false', true, ['config', 'insecure'])).toEqual([edit(set(['config', 'insecure'], false))]);
  });

  it('adds no item that lacks what all others have', () => {
    const ports = [{ name: 'http', port: 80 }];
    const named = { '^(ports)': [{ name: 'metrics' }] };
    expect(wishes(named, { ports })).toEqual([edit(set(['ports', 0, 'name'], 'metrics'))]);
    const whole = { '^(ports)': [{ name: 'metrics', port: 9090 }] };
    expect(wishes(whole, { ports })).toEqual([edit(append(['ports'], { name: 'metrics', port: 9090 }))]);
  });
});

describe("what Kyverno's conditions ask for", () => {
  const spec = (ttl: string): JsonObject => ({ spec: { wait: ttl, ttl } });

  it('compares durations by the operators of numbers', () => {
    const wait = (value: string) => ({ key: '{{ request.object.spec.wait }}', operator: 'GreaterThan', value });
    expect(denied(wait('2h'), spec('6h'))).toEqual([edit(set(['spec', 'wait'], '2h'))]);
    expect(denied(wait('2h'), spec('30m'))).toEqual([]);
    const strict = { key: '{{ request.object.spec.wait }}', operator: 'GreaterThanOrEquals', value: '2h' };
    expect(denied(strict, spec('6h'))).toEqual([
      { kind: 'present', path: ['spec', 'wait'], pattern: '<2h', example: '1h' },
    ]);
    const kept = { key: '{{ request.object.spec.ttl }}', operator: 'GreaterThan', value: '720h' };
    expect(denied(kept, spec('2160h'))).toEqual([
      { kind: 'present', path: ['spec', 'ttl'], pattern: '<=720h', example: '720h' },
    ]);
  });

  it('asks for an amount that is missing, at least or at most', () => {
    const memory = (operator: string) => ({
      key: "{{ request.object.spec.resources.limits.memory || '0' }}",
      operator,
      value: '1Gi',
    });
    const path = ['spec', 'resources', 'limits', 'memory'];
    expect(denied(memory('LessThan'), { spec: {} })).toEqual([
      { kind: 'present', path, pattern: '>=1Gi', example: '1Gi' },
    ]);
    const most = { resources: { limits: { memory: '2Gi' } } };
    expect(denied(memory('GreaterThan'), { spec: most })).toEqual([edit(set(path, '1Gi'))]);
  });

  it('takes away the entries of a map that a filter of its items finds', () => {
    const key = "{{ length(items(request.object.metadata.annotations, 'k', 'v')[?starts_with(k, 'house/')]) }}";
    const object = { metadata: { annotations: { 'house/tier': 'gold', owner: 'shop' } } };
    expect(denied({ key, operator: 'GreaterThan', value: 0 }, object)).toEqual([
      edit(remove(['metadata', 'annotations', 'house/tier'])),
    ]);
    const values = "{{ length(items(request.object.metadata.annotations, 'k', 'v')[?v == 'shop']) }}";
    expect(denied({ key: values, operator: 'GreaterThan', value: 0 }, object)).toEqual([
      edit(remove(['metadata', 'annotations', 'owner'])),
    ]);
  });
});

describe('what people decide', () => {
  const wish = (path: (string | number)[], value: Json) => ({
    wish: { kind: 'edit' as const, edit: set(path, value) },
  });
  it('is which certificate a server shows, not whether it insists on TLS', () => {
    expect(isOwners(wish(['spec', 'servers', 0, 'tls', 'httpsRedirect'], true))).toBe(false);
    expect(isOwners(wish(['spec', 'servers', 0, 'tls', 'credentialName'], 'edge'))).toBe(true);
  });
});
