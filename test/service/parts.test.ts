import { describe, expect, it } from 'vitest';
import { closeAll, type Part } from '../../src/service/parts.ts';

const never = (): Promise<void> => new Promise(() => {});

describe('closing a service', () => {
  it('ends what takes work first, then its tools, then Redis', async () => {
    const order: string[] = [];
    const part = (tier: Part['tier'], name: string): Part => ({
      tier,
      close: async () => {
        await Promise.resolve();
        order.push(name);
      },
    });
    await closeAll([part('redis', 'redis'), part('tools', 'runs'), part('work', 'api'), part('work', 'worker')], 1000);
    expect(order).toEqual(['api', 'worker', 'runs', 'redis']);
  });

  it('gives everyone a turn within the time, whoever hangs or fails', async () => {
    let reached = 0;
    const parts: Part[] = [
      { tier: 'redis', close: async () => void reached++ },
      { tier: 'tools', close: never },
      { tier: 'tools', close: () => Promise.reject(new Error('no')) },
      { tier: 'work', close: never },
    ];
    const from = performance.now();
    await closeAll(parts, 400);
    expect(reached).toBe(1);
    expect(performance.now() - from).toBeLessThan(600);
  });
});
