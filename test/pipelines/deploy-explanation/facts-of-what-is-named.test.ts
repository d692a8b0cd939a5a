import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

const OBJECTS = `$ kubectl get pvc -n lake -o wide
NAME     STATUS   VOLUME                                     CAPACITY   ACCESS MODES   STORAGECLASS   AGE   VOLUMEMODE
tide-0   Bound    pvc-1c1e4b0a-93d2-4f6e-8e55-0c7d7a1f2b91   50Gi       RWO            fast           80d   Filesystem
tide-1   Bound    pvc-2c1e4b0a-93d2-4f6e-8e55-0c7d7a1f2b92   50Gi       RWO            fast           80d   Filesystem
$ kubectl get pods,svc -n lake -o wide
NAME                        READY   STATUS    RESTARTS   AGE   IP            NODE     NOMINATED NODE   READINESS GATES
pod/tide-0                  1/1     Running   0          80d   10.3.40.17    node-a   <none>           <none>
pod/tide-1                  1/1     Running   0          80d   10.3.41.17    node-b   <none>           <none>

NAME           TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)    AGE   SELECTOR
service/tide   ClusterIP   10.96.201.4   <none>        5432/TCP   80d   app=tide
`;

const line = (second: number, status: number) =>
  `2026-11-24T10:00:0${second}Z ${status < 500 ? 'INFO' : 'ERROR'} access method=GET path=/items/${second} status=${status} dur_ms=20`;
const log = (...statuses: number[]) => `$ kubectl get deploy mill -n lake
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
mill   1/1     1            1           9d
$ kubectl logs deploy/mill -n lake
${statuses.map((status, second) => line(second, status)).join('\n')}
`;

async function answer(question: string, text: string): Promise<Explanation> {
  const evidence = [{ name: 'a.txt', text }];
  const { run } = await runInProcess(deployExplanation, { evidence, question }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

describe('who has an identifier, and which errors a log holds', () => {
  test.each([
    [
      'which PVC uses volume pvc-2c1e4b0a-93d2-4f6e-8e55-0c7d7a1f2b92?',
      OBJECTS,
      'is in PersistentVolumeClaim lake/tide-1 (spec.volumeName)',
    ],
    ['which pod has the IP 10.3.41.17?', OBJECTS, '`10.3.41.17` is in Pod lake/tide-1 (status.podIP)'],
    ['which service is 10.96.201.4?', OBJECTS, '`10.96.201.4` is in Service lake/tide (spec.clusterIP)'],
    ['were there any http errors in mill?', log(200, 503, 200, 200), 'shows 1 of 4 requests answered with a server'],
    ['did mill have any http errors?', log(200, 200), 'shows none of 2 requests answered with a server error'],
    [
      'are there errors in the log of mill?',
      log(200, 500, 500, 200),
      'shows 2 of 4 lines of an error: 2 times `ERROR access',
    ],
    ['summarize the errors of mill', log(500, 500, 200), 'shows 2 of 3 lines of an error: 2 times `ERROR access'],
    [
      'why are there no pods of tide in namespace pond?',
      `$ kubectl get pods -n pond\nNo resources found in pond namespace.\n${OBJECTS}`,
      'In namespace `pond` there is no Pod; what is called so is elsewhere: ',
    ],
  ])('%s', async (question, text, summary) => {
    const { fact, evidence: items } = await answer(question, text);
    expect(fact?.summary).toContain(summary);
    expect(fact?.citations).not.toEqual([]);
    for (const { evidence, quote } of fact?.citations ?? [])
      expect(items.find(({ id }) => id === evidence)?.text).toContain(quote);
  });

  test.each([
    ['which pod has the IP 10.3.99.99?', OBJECTS],
    ['why does 10.3.41.17 not answer?', OBJECTS],
    ['what is wrong with mill, are there errors?', log(200, 503, 200, 200)],
  ])('%s is not answered with such a fact', async (question, text) => {
    expect((await answer(question, text)).fact).toBeUndefined();
  });
});
