import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/evidence/command.ts';
import { split } from '../../src/evidence/split.ts';

const POD = 'NAME   READY   STATUS    RESTARTS   AGE\napi-0   1/1     Running   0          3d';

/** The namespace of each command of a session that printed a table, in order. */
function spaces(session: string): (string | undefined)[] {
  return split(session)
    .filter(({ kind }) => kind === 'table')
    .map(({ command }) => readCommand(command ?? '').namespace);
}

describe('the namespace that a session has chosen', () => {
  it.each([
    ['kubectl config set-context --current --namespace=shop', 'Context "prod" modified.'],
    ['kubectl config set-context --current --namespace shop', 'Context "prod" modified.'],
    ['k config set-context --current --namespace=shop', 'Context "prod" modified.'],
    ['kubens shop', 'Context "prod" modified.\nActive namespace is "shop".'],
    ['kubectl ns shop', 'Context "prod" modified.\nActive namespace is "shop".'],
    ['oc project shop', 'Now using project "shop" on server "https://api.example.net:6443".'],
    ['oc project', 'Using project "shop" on server "https://api.example.net:6443".'],
    ['kubie ns shop', ''],
    ["kubectl config view --minify -o jsonpath='{..namespace}'", 'shop'],
  ])('holds after `%s`', (command, output) => {
    expect(spaces(`$ ${command}\n${output}\n$ kubectl get pods\n${POD}\n`)).toEqual(['shop']);
  });

  it('is read from a prompt that shows it', () => {
    expect(spaces(`(⎈|arn:aws:eks:eu-west-1:1:cluster/prod:shop) ~ % kubectl get pods\n${POD}\n`)).toEqual(['shop']);
  });

  it('gives way to what a command says, and to the next choice', () => {
    const session = [
      '$ kubens shop',
      '$ kubectl get pods -n bank',
      POD,
      '$ kubectl get pods -A',
      'NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nmail        api-0   1/1     Running   0          3d',
      '$ kubectl --context other get pods',
      POD,
      '$ kubens bank',
      '$ kubectl get pods | head -n 5',
      POD,
      '$ kubens -',
      'Context "prod" modified.\nActive namespace is "shop".',
      '$ kubectl get pods',
      POD,
    ].join('\n');
    expect(spaces(session)).toEqual(['bank', undefined, undefined, 'bank', 'shop']);
  });

  it('is that of the context that is used', () => {
    const session = [
      '$ kubectl config set-context staging --namespace=shop',
      '$ kubectl get pods',
      POD,
      '$ kubectl config use-context staging',
      '$ kubectl get pods',
      POD,
    ].join('\n');
    expect(spaces(session)).toEqual([undefined, 'shop']);
  });

  it('holds for nothing that stands in no namespace, and not where it was refused', () => {
    const nodes = 'NAME   STATUS   ROLES    AGE   VERSION\nn1     Ready    <none>   9d    v1.31.0';
    expect(spaces(`$ kubens shop\n$ kubectl get nodes\n${nodes}\n`)).toEqual([undefined]);
    expect(
      spaces(`$ kubens shopp\nerror: no namespace exists with name "shopp"\n$ kubectl get pods\n${POD}\n`),
    ).toEqual([undefined]);
  });

  it('goes before what is run in a pod', () => {
    const [, section] = split("$ kubens shop\n$ kubectl exec deploy/api -- nc -zv db 5432\nnc: bad address 'db'\n");
    expect(
      section?.command ?? split('$ kubens shop\n$ kubectl exec deploy/api -- nc -zv db 5432\nx\n').at(-1)?.command,
    ).toBe('kubectl exec -n shop deploy/api -- nc -zv db 5432');
  });

  it('is chosen before a command in its line, stands behind the verb, and changes with the context before', () => {
    const commands = (session: string) =>
      split(session).flatMap(({ kind, command }) => (kind === 'table' ? [command] : []));
    expect(commands(`$ kubens shop && kubectl get pods\n${POD}\n$ kubectl -v 6 get pods\n${POD}\n`)).toEqual([
      'kubectl get -n shop pods',
      'kubectl -v 6 get -n shop pods',
    ]);
    const back = [
      '$ kubectx a',
      '$ kubens shop',
      '$ kubectx b',
      '$ kubens bank',
      '$ kubectx -',
      '$ kubectl get pods',
      POD,
    ];
    expect(commands(back.join('\n'))).toEqual(['kubectl --context a get -n shop pods']);
  });
});
