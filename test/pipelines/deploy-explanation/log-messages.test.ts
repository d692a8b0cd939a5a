import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

/**
 * `log-messages/KIND.txt`: what programs of many makes say before they end, one a line (`⏎` where they begin a new line), by the kind
 * that it is told as; `harmless.txt`: what is said in passing by programs that are well.
 */
const FOLDER = join(import.meta.dirname, 'log-messages');
const messagesIn = (file: string) =>
  readFileSync(join(FOLDER, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

async function explain(status: string, lines: string): Promise<Explanation> {
  const text = [
    '$ kubectl get pods -n shop',
    'NAME                   READY   STATUS             RESTARTS      AGE',
    `app-7c8d9b6f5d-2k8xw   ${status}    3h`,
    '$ kubectl logs -n shop app-7c8d9b6f5d-2k8xw',
    'starting up',
    lines,
    '',
  ].join('\n');
  const record = await runInProcess(
    deployExplanation,
    { evidence: [{ name: 'session.txt', text }] },
    { predictor: noModel() },
  );
  return record.run.output as Explanation;
}

describe.each(readdirSync(FOLDER).filter((file) => file !== 'harmless.txt'))('%s', (file) => {
  test.each(messagesIn(file))('%s', async (message) => {
    const { verdict, rootCause } = await explain(
      '0/1     CrashLoopBackOff   6 (2m ago)',
      message.replaceAll('⏎', '\n'),
    );
    expect({ verdict, kind: rootCause?.kind, object: rootCause?.object.name }).toEqual({
      verdict: 'failed',
      kind: file.replace(/\.txt$/, ''),
      object: 'app',
    });
  });
});

test.each(messagesIn('harmless.txt'))('%s is no failure', async (message) => {
  const log = `${message.replaceAll('⏎', '\n')}\nINFO  served 12 requests`;
  const { verdict } = await explain('1/1     Running            0         ', log);
  expect(verdict).toBe('healthy');
});
