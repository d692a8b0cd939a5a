import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 7878, prefix: 'opsline', redisUrl: undefined });
  });
  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ OPSLINE_PORT: '', REDIS_URL: ' ' })).toMatchObject({ port: 7878, redisUrl: undefined });
  });
  it('knows clusters by name', () => {
    const { clusters } = readConfig({
      OPSLINE_CLUSTERS: 'prod=/etc/opsline/prod.yaml#arn:aws:eks:x/prod, here=in-cluster,b=/b',
    });
    expect([...clusters]).toEqual([
      ['prod', { kind: 'kubeconfig', path: '/etc/opsline/prod.yaml', context: 'arn:aws:eks:x/prod' }],
      ['here', { kind: 'in-cluster' }],
      ['b', { kind: 'kubeconfig', path: '/b' }],
    ]);
    for (const wrong of ['prod', 'Prod=/a', 'a=/b,a=/c', 'a=/b,'])
      expect(() => readConfig({ OPSLINE_CLUSTERS: wrong })).toThrow(/OPSLINE_CLUSTERS: must be NAME=in-cluster/);
    expect(readConfig({}).clusters.size).toBe(0);
  });
  it('names every variable that does not fit, and repeats no value', () => {
    const read = (): unknown => readConfig({ OPSLINE_PORT: '99999', REDIS_URL: 'http://user:hunter2@x' });
    expect(read).toThrow(/OPSLINE_PORT/);
    expect(read).toThrow(/REDIS_URL: must start with/);
    expect(read).not.toThrow(/hunter2/);
  });
});
