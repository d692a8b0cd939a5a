import { expect, test } from 'vitest';
import { parseLogLine } from '../../src/evidence/parse/log.ts';
import { looksLikeStern } from '../../src/evidence/streams.ts';

const lines = (...texts: string[]) => texts.map((text, index) => parseLogLine(text, index + 1));

test("stern's output is known without its command", () => {
  expect(
    looksLikeStern(
      lines('api-6c9d8b7f5-4zkwq web started', 'api-6c9d8b7f5-x2lmv web started', '  at main', 'db-0 postgres ready'),
    ),
  ).toBe(true);
});

test.each([
  ['workers of one program', ['worker-1 started job 7', 'worker-2 started job 8', 'worker-1 finished job 7']],
  ['one pod alone', ['api-6c9d8b7f5-4zkwq web a', 'api-6c9d8b7f5-4zkwq web b', 'api-6c9d8b7f5-4zkwq web c']],
  [
    'a controller that names what it works at',
    ['api-4zkwq created', 'db-x2lmv created', 'api-4zkwq bound', 'api-4zkwq pulled', 'api-4zkwq ready'],
  ],
  ['a few lines', ['api-4zkwq web up', 'api-x2lmv web up']],
])('%s is none', (_, texts) => {
  expect(looksLikeStern(lines(...texts))).toBe(false);
});
