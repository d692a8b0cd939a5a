import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { readCommand } from '../../src/evidence/command.ts';
import { Listed } from '../../src/evidence/listed.ts';
import { plainCommand, promptCommand } from '../../src/evidence/prompt.ts';
import { buildScene } from '../../src/evidence/scene.ts';

test('prompts of shells, whatever stands before their mark', () => {
  for (const prompt of [
    'dev@MacBook-Pro deploy % ',
    '(.venv) dev@MacBook-Pro deploy % ',
    '(⎈|prod:shop) dev@bastion:~$ ',
    '[09:12:01] dev@bastion:~$ ',
    '➜  ~ ',
    '➜  deploy git:(main) ✗ ',
    'C:\\Users\\dev>',
    'dev@laptop ~/deploy> ',
    '└─$ ',
  ])
    expect(promptCommand(`${prompt}kubectl get pods`), prompt).toBe('kubectl get pods');
  // Prices, prose and logs are none.
  for (const line of [
    'costs 5 $ a month, docker or not',
    'see kubectl get pods',
    'INFO 50 % of nodes, kubectl get pods',
    '#5 kubectl',
  ])
    expect(promptCommand(line), line).toBeUndefined();
});

test('what stands for kubectl, and what stands before it', () => {
  for (const said of [
    'microk8s kubectl get pods',
    'sudo k3s kubectl get pods',
    'minikube kubectl -- get pods',
    'kubectl.exe get pods',
    '/usr/local/bin/kubectl get pods',
    'kubecolor get pods',
    'KUBECONFIG=~/.kube/prod kubectl get pods',
    'watch -n 2 kubectl get pods',
  ])
    expect(plainCommand(said), said).toBe('kubectl get pods');
  expect(plainCommand('mykubectl get pods')).toBeUndefined();
});

test('a command ends before what the shell does with it', () => {
  for (const tail of ['2>&1', '> pods.txt', '2>/dev/null', '| tee pods.txt', '&& echo done', '; date', '# on prod'])
    expect(readCommand(`kubectl get pods -n shop ${tail}`), tail).toEqual(readCommand('kubectl get pods -n shop'));
  expect(readCommand('kubectl logs -f api-0 -n shop')).toMatchObject({ kind: 'Pod', name: 'api-0' });
  expect(readCommand('kubectl get pods -n $NS').namespace).toBeUndefined();
  expect(readCommand('kubectl --as admin -v 6 get pods -n "shop"')).toMatchObject({ verb: 'get', namespace: 'shop' });
});

test('a list is whole where it was asked for, and not where labels select from it', () => {
  const listed = (text: string) => buildScene(collect([{ name: 'x', text }]).items).listed;
  const rows = 'NAME   READY   STATUS    RESTARTS   AGE\na      1/1     Running   0          1d';
  expect(listed(`$ kubectl get pods -n shop\n${rows}`).has('Pod', 'shop')).toBe(true);
  expect(listed(`$ kubectl get pods -n shop\n${rows}`).has('Pod', 'other')).toBe(false);
  expect(listed(`$ kubectl get pods -n shop -l app=a\n${rows}`).has('Pod', 'shop')).toBe(false);
  expect(listed(`$ kubectl get pods -n shop | head\n${rows}`).has('Pod', 'shop')).toBe(false);
  expect(listed(rows).has('Pod', 'any')).toBe(true);
  const nodes = new Listed();
  nodes.add('Node', undefined);
  expect(nodes.has('Node', 'any')).toBe(true);
});
