import { expect, test } from 'vitest';
import { deployExplanation } from '../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../src/model/predictor.ts';
import { runInProcess } from '../../src/runs/in-process.ts';

const PODS = `$ kubectl get pods -n shop
NAME                    READY   STATUS    RESTARTS   AGE
web-6c9f7d5b8d-2xk4q    1/1     Running   0          3d
cart-5d8c7b9f6c-p9w2z   1/1     Running   0          3d`;

async function explained(text: string): Promise<Explanation> {
  const evidence = [{ name: 'session.txt', text }];
  const { run } = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  return run.output as Explanation;
}

test.each(['[truncated]', '... 12 more items', '(output truncated)', '… 31 lines omitted', 'Showing 2 of 14 pods'])(
  'a list that ends with "%s" does not show that all is well',
  async (line) => {
    const { verdict, notSeen } = await explained(`${PODS}\n${line}\n`);
    expect(verdict).toBe('unknown');
    expect(notSeen.join('\n')).toContain(line);
  },
);

test('a whole list does, and so does one that was shown whole by its own count', async () => {
  expect((await explained(PODS)).verdict).toBe('healthy');
  expect((await explained(`${PODS}\nShowing 2 of 2 pods\n`)).verdict).toBe('healthy');
});

test('what a cut list lacks is not called missing', async () => {
  const claim = 'spec:\n  containers:\n  - name: web\n    envFrom:\n    - configMapRef:\n        name: web-env';
  const pod = `$ kubectl get pod web-0 -n shop -o yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web-0\n  namespace: shop\n${claim}\nstatus:\n  phase: Pending\n  containerStatuses:\n  - name: web\n    ready: false\n    restartCount: 0\n    state:\n      waiting:\n        reason: CreateContainerConfigError\n`;
  const list = '$ kubectl get configmaps -n shop\nNAME        DATA   AGE\ncart-env    3      9d\n';
  const missing = async (text: string) => (await explained(text)).rootCause?.kind;
  expect(await missing(`${pod}${list}`)).toBe('configmap-missing');
  expect(await missing(`${pod}${list}... 4 more items\n`)).not.toBe('configmap-missing');
});
