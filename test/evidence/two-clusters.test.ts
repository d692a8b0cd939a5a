import { expect, test } from 'vitest';
import { ofClusterAsked } from '../../src/evidence/asked-cluster.ts';
import { collect } from '../../src/evidence/collect.ts';
import { contextsOf } from '../../src/evidence/contexts.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const BAD = `NAME                  READY   STATUS             RESTARTS   AGE
web-6c9d7f5b8-4zkwq   0/1     ImagePullBackOff   0          5m
`;
const GOOD = `NAME                  READY   STATUS    RESTARTS   AGE
web-7f8d9c6b5-x2lmv   1/1     Running   0          3d
`;
const podsOf = (first: string, second: string) =>
  buildScene(collect([{ name: 'seen.txt', text: `$ ${first}\n${BAD}$ ${second}\n${GOOD}` }]).items)
    .objects.filter(({ ref }) => ref.kind === 'Pod')
    .map(({ ref }) => ref.name);

const OF_BOTH = ['web-6c9d7f5b8-4zkwq', 'web-7f8d9c6b5-x2lmv'];

test('a list of another cluster says nothing of the pods of this one', () => {
  for (const [first, second] of [
    ['kubectl --context prod -n shop get pods', 'kubectl --context staging -n shop get pods'],
    ['kubectl get pods -n shop --context=prod', 'kubectl get pods -n shop --context=staging'],
    ['kubectl get pods -n shop --kubeconfig a.yaml', 'kubectl get pods -n shop --kubeconfig b.yaml'],
    ['oc get pods -n shop', 'oc --server https://b.example.com:6443 -n shop get pods'],
  ] as const)
    expect(podsOf(first, second).sort(), second).toEqual(OF_BOTH);
});

test('a later list of the same cluster does', () => {
  for (const [first, second] of [
    ['kubectl -n shop get pods', 'kubectl get pods -n shop'],
    ['kubectl --context prod -n shop get pods', 'kubectl get pods -n shop --context=prod'],
  ] as const)
    expect(podsOf(first, second), second).toEqual(OF_BOTH.slice(1));
});

const STATEFUL = (status: string) =>
  `NAME   READY   STATUS   RESTARTS   AGE\ndb-0   ${status === 'Running' ? '1/1' : '0/1'}   ${status}   0   4d\n`;
const seen = (text: string) => collect([{ name: 'seen.txt', text }]).items;

test('the context of a prompt, or one that was switched to, tells the cluster of what follows', () => {
  for (const [first, second] of [
    ['(⎈|eu:data) ~ $ kubectl get po', '(⎈|us:data) ~ $ kubectl get po'],
    ['$ kubectx eu && kubectl get po', '$ kubectx us && kubectl get po'],
    ['$ kubectl config use-context eu\n$ kubectl get po', '$ kubectl config use-context us\n$ kubectl get po'],
  ]) {
    const items = seen(`${first}\n${STATEFUL('Running')}${second}\n${STATEFUL('OOMKilled')}`);
    const pods = buildScene(items).objects.filter(({ ref }) => ref.kind === 'Pod');
    // Namesakes in two clusters are two pods.
    expect(
      pods.map(({ ref }) => ref.name),
      first,
    ).toEqual(['db-0', 'db-0']);
  }
});

test('one context alone is not told, its namespace is', () => {
  const [item] = seen(`(⎈|eu:data) ~ $ kubectl get po\n${STATEFUL('Running')}`);
  expect(item?.command).toBe('kubectl get -n data po');
});

test('a question that names one cluster is about that one', () => {
  const items = seen(
    `$ kubectl --context prod-eu get po\n${STATEFUL('Running')}$ kubectl --context stage-eu get po\n${STATEFUL('OOMKilled')}$ date\nFri\n`,
  );
  const kept = (question: string) => ofClusterAsked(items, question).items.map(({ command }) => command);
  expect(kept('why does it crash on stage?')).toEqual(['kubectl --context stage-eu get po', 'date']);
  expect(kept('is prod ok, unlike stage?')).toHaveLength(3);
  // A word of both names tells neither.
  expect(kept('what is wrong in eu?')).toHaveLength(3);
  expect(kept('')).toHaveLength(3);
});

test('a question about what is called as a context is not about that cluster', () => {
  const items = (...contexts: readonly string[]) =>
    seen(
      contexts
        .map(
          (one) =>
            `$ kubectl --context ${one} get po -A\nNAMESPACE   NAME   READY   STATUS   RESTARTS   AGE\nshop        db-0   1/1     Running  0          4d\n`,
        )
        .join(''),
    );
  const kept = (contexts: readonly string[], question: string) =>
    ofClusterAsked(items(...contexts), question).items.length;
  expect(kept(['kind-shop', 'minikube'], 'what fails in shop?')).toBe(2);
  expect(kept(['kind-shop', 'minikube'], 'what fails in kind-shop?')).toBe(1);
  expect(kept(['payments-prod', 'platform-prod'], 'is payments down?')).toBe(2);
});

test('a context is switched to at a prompt, not in prose, and not where there is none', () => {
  expect(
    contextsOf([
      'please run kubectx prod first',
      '$ kubectx eu',
      '$ kubectx nope',
      'error: no context exists with the name: "nope"',
      '(⎈|arn:aws:eks:eu-west-1:1:cluster/us:shop) $ kubectl get po',
      '$ kubectx -',
    ]),
  ).toEqual([undefined, 'eu', 'eu', 'eu', 'arn:aws:eks:eu-west-1:1:cluster/us', 'eu']);
});

test('namesakes are two objects also where a command without a flag showed one first', () => {
  const items = seen(
    ['', '--context eu ', '--context us ']
      .map((flag) => `$ kubectl ${flag}get po -n data\n${STATEFUL('Running')}`)
      .join(''),
  );
  expect(buildScene(items).objects.filter(({ ref }) => ref.kind === 'Pod')).toHaveLength(2);
});
