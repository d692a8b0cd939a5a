import { expect, test } from 'vitest';
import { calledTool } from '../../src/evidence/tool-call.ts';

test('fields behind the name of a tool are its call, and take no longer to read where the line ends in none', () => {
  expect(calledTool('kubectl_logs pod=web-0 namespace=shop', true)).toEqual({
    tool: 'kubectl_logs',
    params: { pod: 'web-0', namespace: 'shop' },
  });
  const start = performance.now();
  expect(calledTool(`kubectl_logs ${'a=b '.repeat(400)}\r x`, true)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(1000);
});
