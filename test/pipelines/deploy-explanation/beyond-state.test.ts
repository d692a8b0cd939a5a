import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const PODS = `$ kubectl get pods -n billing
NAME                       READY   STATUS    RESTARTS   AGE
prices-6d5cbb9f4d-7xk2m    1/1     Running   0          2d1h
prices-6d5cbb9f4d-c8w4p    1/1     Running   3          2d1h
ledger-58f6d7c9b4-p9r4t    1/1     Running   0          2d1h
`;

async function answerTo(question: string) {
  const { run } = await runInProcess(
    deployExplanation,
    { evidence: [{ name: 'pods.txt', text: PODS }], question },
    { predictor: noModel() },
  );
  return run.output as Explanation | undefined;
}

test.each([
  ['why does the invoice show wrong totals since yesterday?', 'whether the data are right'],
  ['why are amounts in ledger outdated?', 'whether the data are right'],
  ['customers see duplicate records', 'whether the data are right'],
  ['why was prices so slow last night?', 'how fast it answers'],
  ['who restarted prices?', 'who did it'],
])('pods that are up are no answer to: %s', async (question, untold) => {
  const answer = await answerTo(question);
  expect(answer?.verdict).toBe('unknown');
  expect(answer?.summary).toContain(`The evidence does not tell ${untold}. What it shows is that things are up: `);
});

test.each([
  'what is wrong with reports of prices?',
  'is prices ok? a customer calls it slow',
  'prices shows the wrong number of pods',
])('pods that are up answer: %s', async (question) => {
  const answer = await answerTo(question);
  expect(answer?.verdict).toBe('healthy');
  expect(answer?.summary).toContain('Deployment billing/prices (2 of 2 ready)');
});

test('how often something restarted is counted', async () => {
  expect((await answerTo('how often has prices restarted?'))?.summary).toContain('3 restarts in 2 pods');
});
