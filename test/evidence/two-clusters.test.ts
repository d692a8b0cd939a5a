import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
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
