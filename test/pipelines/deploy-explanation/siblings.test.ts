import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function asked(text: string, question: string) {
  const { run } = await runInProcess(
    deployExplanation,
    { evidence: [{ name: 'seen.txt', text }], question },
    { predictor: noModel() },
  );
  return run.output as { verdict?: string; rootCause?: { object: { name: string }; summary: string } } | undefined;
}

const two = (up: string, down: string) => `$ kubectl get deploy,pods -n shop
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/${up}   1/1   1   1   9d
deployment.apps/${down}   0/1   1   0   9d

NAME   READY   STATUS   RESTARTS   AGE
pod/${up}-6c9d7f5b8-4zkwq   1/1   Running   0   3d
pod/${down}-7f8d9c6b5-x2lmv   0/1   CrashLoopBackOff   9 (1m ago)   3d
$ kubectl logs -n shop ${up}-6c9d7f5b8-4zkwq
listening on 8080
`;

test('what is broken is told where its name is meant to differ in a letter, or a symptom was asked about', async () => {
  for (const [up, down, question] of [
    ['shop-fe', 'shop-be', 'what about shop-fe?'],
    ['worker-a', 'worker-b', 'tell me about worker-a'],
    ['orders-api', 'order-api', 'why does orders-api crash?'],
  ] as const)
    expect((await asked(two(up, down), question))?.rootCause?.object.name, question).toBe(down);
  const mixed = await asked(two('orders-api', 'order-api'), 'what is wrong with orders-api in ns shop?');
  expect(mixed?.verdict).toBe('healthy');
});

test('a Job is run again under its name with a count or a word, not under a longer name', async () => {
  const jobs = (first: string, second: string) =>
    `$ kubectl get jobs -n shop\nNAME   STATUS   COMPLETIONS   DURATION   AGE\n${first}   Failed   0/1   5m   3h\n${second}   Complete   1/1   20s   1h\n`;
  for (const [first, second, verdict] of [
    ['import', 'import-orders', 'failed'],
    ['migrate', 'migrate-users', 'failed'],
    ['import', 'import-retry', 'healthy'],
    ['import', 'import-x7k2p', 'healthy'],
  ] as const)
    expect((await asked(jobs(first, second), 'what is broken?'))?.verdict, second).toBe(verdict);
});

test('of a certificate that both ends are told of, the clock says which one it is', async () => {
  const refused = (is: string) =>
    `$ kubectl get nodes\nUnable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is ${is} 2026-02-01T00:00:00Z\n`;
  expect((await asked(refused('before'), ''))?.rootCause?.summary).toContain('not yet valid');
  expect((await asked(refused('after'), ''))?.rootCause?.summary).toContain('has expired');
});

test('the severity of a route for alerts is no line of a log', async () => {
  const route = 'route:\n  receiver: x\n  routes:\n  - match:\n      alertname: NodeDown\n      severity: critical\n';
  expect((await asked(route, ''))?.verdict).toBe('unknown');
});
