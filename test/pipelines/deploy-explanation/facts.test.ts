import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const PODS = `$ kubectl get pods -n yard -o wide
NAME                     READY   STATUS             RESTARTS       AGE   IP         NODE
crane-6d9c8b7f54-2kxzq   0/1     CrashLoopBackOff   6 (41s ago)    9d    10.1.1.2   w-1
crane-6d9c8b7f54-9mmtv   1/1     Running            2 (3d ago)     9d    10.1.2.2   w-2
dock-5f6b7c8d99-zz4rt    1/1     Running            0              9d    10.1.2.3   w-2
sweep-29405310-x4mvd     0/1     Completed          0              1h    10.1.2.4   w-2
`;
const TOP = `$ kubectl top pods -n yard
NAME                     CPU(cores)   MEMORY(bytes)
crane-6d9c8b7f54-9mmtv   900m         1Gi
dock-5f6b7c8d99-zz4rt    1            900Mi
`;
const NODES = `$ kubectl get nodes
NAME   STATUS   ROLES    AGE   VERSION
w-1    Ready    <none>   90d   v1.33.1
w-2    Ready    <none>   90d   v1.33.1
`;

const WIDE = `$ kubectl get deployments -n yard -o wide
NAME    READY   UP-TO-DATE   AVAILABLE   AGE    CONTAINERS   IMAGES                         SELECTOR
dock    1/1     1            1           300d   dock         registry.test/yard/dock:7.1.4   app=dock
winch   2/2     2            2           300d   winch,log    registry.test/yard/winch:2,registry.test/log:1   app=winch
`;
const QUOTA = `$ kubectl describe quota team-yard -n yard
Name:         team-yard
Namespace:    yard
Resource      Used  Hard
--------      ----  ----
pods          3     30
requests.cpu  3     12
`;

const LOG = `$ kubectl logs dock-5f6b7c8d99-zz4rt -n yard
2026-11-18T09:00:01Z INFO container MSKU4471 unloaded
2026-11-18T09:00:09Z INFO container MSKU4471 cleared by customs
2026-11-18T09:01:02Z INFO container TGHU9120 unloaded
2026-11-18T09:02:00Z INFO inventory finished, 4120 containers
`;
const APP = `$ argocd app get yard
Name:               argocd/yard
Project:            default
Server:             https://kubernetes.default.svc
Namespace:          yard
Sync Status:        OutOfSync from main (0f1ac2e)
Health Status:      Healthy
`;

const LABELLED = `$ kubectl get pods -n yard --show-labels
NAME                     READY   STATUS    RESTARTS   AGE   LABELS
crane-6d9c8b7f54-2kxzq   0/1     Pending   0          9d    side=north,tier=edge
crane-6d9c8b7f54-9mmtv   1/1     Running   0          9d    side=south,tier=edge
dock-5f6b7c8d99-zz4rt    1/1     Running   0          9d    side=north,tier=core
`;

async function answer(question: string, ...texts: string[]): Promise<Explanation> {
  const evidence = texts.map((text, index) => ({ name: `${index}.txt`, text }));
  const { run } = await runInProcess(deployExplanation, { evidence, question }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

describe('questions for a fact', () => {
  test.each([
    ['which image does dock run?', 'Deployment yard/dock has the image `registry.test/yard/dock:7.1.4`.'],
    [
      'what version of winch is deployed?',
      'Deployment yard/winch has the images `registry.test/yard/winch:2`, `registry.test/log:1`.',
    ],
    ['how much of the quota of yard is used?', 'ResourceQuota yard/team-yard: pods 3 of 30, requests.cpu 3 of 12.'],
    ['how many replicas does winch have?', 'Deployment yard/winch has 2 replicas, all of them ready.'],
  ])('%s', async (question, fact) => {
    const told = await answer(question, WIDE, QUOTA);
    expect(told).toMatchObject({ verdict: 'healthy', fact: { summary: fact } });
    expect(told.summary.startsWith(fact)).toBe(true);
  });

  test.each([
    ['how many pods of crane are there?', 'Deployment yard/crane has 2 pods, 1 of them ready.'],
    ['how many pods run in namespace yard?', 'In namespace yard there are 3 pods, 2 of them ready.'],
    ['how many pods are crashing in ns yard?', '1 of 4 pods is failing (crane-6d9c8b7f54-2kxzq).'],
    ['how many restarts does dock have?', 'Deployment yard/dock: 0 restarts in 1 pod.'],
    [
      'on which nodes does crane run?',
      'Deployment yard/crane runs on w-1 (crane-6d9c8b7f54-2kxzq), w-2 (crane-6d9c8b7f54-9mmtv).',
    ],
    [
      'which pod uses the most memory?',
      'Of 2 pods crane-6d9c8b7f54-9mmtv uses the most memory (900m CPU, 1Gi memory), then dock-5f6b7c8d99-zz4rt (1 CPU, 900Mi memory).',
    ],
    [
      'which pod uses the least cpu?',
      'Of 2 pods crane-6d9c8b7f54-9mmtv uses the least CPU (900m CPU, 1Gi memory), then dock-5f6b7c8d99-zz4rt (1 CPU, 900Mi memory).',
    ],
    ['how many nodes are there?', 'There are 2 nodes, all of them ready.'],
  ])('%s', async (question, fact) => {
    expect((await answer(question, PODS, TOP, NODES)).fact?.summary).toBe(fact);
  });

  test.each([
    [
      'how many pods have the label tier=edge in namespace yard?',
      '2 of 3 pods have the label tier=edge, 1 of them ready.',
    ],
    ['how many pods labelled "side: north" are there?', '2 of 3 pods have the label side=north, 1 of them ready.'],
    ['how many pods with side=west are there?', '0 of 3 pods have the label side=west.'],
  ])('%s', async (question, fact) => {
    expect((await answer(question, LABELLED)).fact?.summary).toBe(fact);
  });

  test('what is broken is told beside the fact of the same thing, and every citation stands', async () => {
    const told = await answer('how many pods of crane are there?', PODS, NODES);
    expect(told.verdict).toBe('failed');
    expect(told.rootCause?.object.name).toBe('crane');
    expect(renderExplanation(told, { color: false }).split('\n')[1]).toContain('has 2 pods');
    for (const { evidence, quote } of told.fact?.citations ?? [])
      expect(told.evidence.find(({ id }) => id === evidence)?.text).toContain(quote);
    expect(told.fact?.citations).not.toEqual([]);
  });

  test('a fact of what is well stays the answer where something else is broken', async () => {
    const told = await answer('how many pods of dock are there?', PODS);
    expect(told.verdict).toBe('healthy');
    expect(told.summary).toMatch(/^Deployment yard\/dock has 1 pod, it is ready\. Beside it: Deployment yard\/crane/);
  });

  test.each([
    [
      'was container MSKU4471 cleared?',
      'The log of Deployment yard/dock says of `MSKU4471` at last: `INFO container MSKU4471 cleared by customs` (2026-11-18T09:00:09Z).',
    ],
    [
      'when did the last inventory finish?',
      'The log of Deployment yard/dock says at last: `INFO inventory finished, 4120 containers` (2026-11-18T09:02:00Z).',
    ],
    ['which kubernetes version do the nodes run?', 'The nodes run Kubernetes v1.33.1.'],
    ['is the app yard in sync?', 'Application argocd/yard is OutOfSync and Healthy.'],
  ])('%s', async (question, fact) => {
    expect((await answer(question, PODS, NODES, LOG, APP)).fact?.summary).toBe(fact);
  });

  test.each([
    // Another container was cleared, and a status is no name.
    ['was container TTNU7788 cleared by customs?'],
    ['did 500 errors begin at 09:00?'],
    ['is dock-5f6b7c8d99 healthy?'],
  ])('what a log says of another thing is no answer: %s', async (question) => {
    expect((await answer(question, PODS, LOG)).fact).toBeUndefined();
  });

  test.each([
    ['why is crane crashing?'],
    ['how many customers are affected?'],
    ['which pod is the loudest?'],
    ['which node uses the most memory?'],
    ['how many pods of winch are there?'],
  ])('no fact is made up: %s', async (question) => {
    expect((await answer(question, PODS, TOP)).fact).toBeUndefined();
  });
});
