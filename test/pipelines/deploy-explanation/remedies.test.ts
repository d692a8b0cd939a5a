import { describe, expect, test } from 'vitest';
import { alsoBroken, alternatives } from '../../../pipelines/deploy-explanation/also-broken.ts';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explain(...texts: string[]): Promise<Explanation> {
  const evidence = texts.map((text, index) => ({ name: `${index}.txt`, text }));
  const { run } = await runInProcess(deployExplanation, { evidence }, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

const commandsOf = ({ remedies }: Explanation) => remedies.flatMap(({ command }) => command ?? []);
const titlesOf = ({ remedies }: Explanation) => remedies.map(({ title }) => title);

const crashing = (said: string) => `$ kubectl get pods -n shop
NAME                    READY   STATUS             RESTARTS      AGE
api-5c9d8f7b6d-x8k2p    0/1     CrashLoopBackOff   7 (2m ago)    14m
$ kubectl logs api-5c9d8f7b6d-x8k2p -n shop --previous
${said}
`;

describe('what a program cannot connect to is looked for as what it is', () => {
  const refused = (where: string) => crashing(`FATAL dial tcp ${where}: connect: connection refused`);

  test('an address: whose it is', async () => {
    const output = await explain(refused('10.96.14.7:5432'));
    expect(commandsOf(output)[0]).toBe('kubectl get service,endpoints,pods -A -o wide | grep -wF 10.96.14.7');
    expect(titlesOf(output)[0]).toContain('whose address 10.96.14.7 is');
  });
  test('an address of a Service that the evidence shows: that Service', async () => {
    const services =
      '$ kubectl get services -n data\nNAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE\ndb     ClusterIP   10.96.14.7   <none>        5432/TCP   4d\n';
    const output = await explain(refused('10.96.14.7:5432'), services);
    expect(output.remedies.flatMap(({ command }) => command ?? [])).toContain(
      'kubectl get service,endpoints db -n data',
    );
  });
  test.each([
    ['db:5432', 'kubectl get service,endpoints db -n shop'],
    ['db.data.svc:5432', 'kubectl get service,endpoints db -n data'],
    ['db.data.svc.cluster.local:5432', 'kubectl get service,endpoints db -n data'],
  ])('a name of the cluster, %s: the Service', async (where, command) => {
    expect(commandsOf(await explain(refused(where)))).toContain(command);
  });
  test.each(['db.example.com:5432', '127.0.0.1:5432', '[::1]:5432'])('%s is no Service', async (where) => {
    const output = await explain(refused(where));
    expect(output.rootCause?.kind).toBeDefined();
    expect(commandsOf(output).join('\n')).not.toMatch(/service/);
  });
});

const probed = (probe: string, said: string) => `Name:             web-7b8c9d6f5-2kq8x
Namespace:        shop
Node:             worker-1/10.0.0.5
Status:           Running
Containers:
  web:
    Image:          reg.example.com/web:1
    Port:           8080/TCP
    State:          Running
      Started:      Tue, 24 Nov 2026 02:00:00 +0000
    Ready:          False
    Restart Count:  0
    Readiness:      ${probe} delay=5s timeout=1s period=10s #success=1 #failure=3
Conditions:
  Type              Status
  Ready             False
Events:
  Type     Reason     Age                From     Message
  ----     ------     ----               ----     -------
  Warning  Unhealthy  3m (x90 over 15m)  kubelet  Readiness probe failed: ${said}
`;

describe('a probe is asked as the kubelet asks it', () => {
  test('by HTTP, with its port and path', async () => {
    const output = await explain(
      probed('http-get http://:8080/healthz?full=1', 'HTTP probe failed with statuscode: 404'),
    );
    expect(commandsOf(output)).toContain(
      "kubectl get --raw '/api/v1/namespaces/shop/pods/web-7b8c9d6f5-2kq8x:8080/proxy/healthz?full=1'",
    );
  });
  test('but by no path that climbs out of the pod', async () => {
    const output = await explain(
      probed('http-get http://:8080/../../../secrets', 'HTTP probe failed with statuscode: 404'),
    );
    expect(commandsOf(output)).toContain('kubectl port-forward pod/web-7b8c9d6f5-2kq8x 8080 -n shop');
    expect(commandsOf(output).join('\n')).not.toContain('secrets');
  });
  test('by its own command', async () => {
    const output = await explain(probed('exec [cat /tmp/ready]', 'cat: /tmp/ready: No such file or directory'));
    expect(commandsOf(output)).toContain('kubectl exec web-7b8c9d6f5-2kq8x -n shop -c web -- cat /tmp/ready');
    expect(commandsOf(output).join('\n')).not.toContain('/proxy/');
  });
  test('one that cannot but fail is said to be so; one that may pass is not', async () => {
    const always = await explain(probed('exec [sh -c exit 1]', 'command failed'));
    expect(always.rootCause?.summary).toContain('its command `sh -c exit 1` always ends with an error');
    expect(commandsOf(always)).toContain("kubectl exec web-7b8c9d6f5-2kq8x -n shop -c web -- sh -c 'exit 1'");
    const sometimes = await explain(probed('exec [sh -c test -f /tmp/ready || exit 1]', 'command failed'));
    expect(sometimes.rootCause?.summary).not.toContain('always');
  });
});

describe('RBAC is asked, and granted, where the program asked', () => {
  const forbidden = (scope: string) =>
    `E1124 02:00:00.1 1 reflector.go:166] "Unhandled Error" err="failed to list *v1.Deployment: deployments.apps is forbidden: User \\"system:serviceaccount:shop:operator\\" cannot list resource \\"deployments\\" in API group \\"apps\\" ${scope}"\n`;

  test('at the cluster scope', async () => {
    const output = await explain(forbidden('at the cluster scope'));
    expect(commandsOf(output)).toContain(
      'kubectl auth can-i list deployments.apps -A --as=system:serviceaccount:shop:operator',
    );
    expect(titlesOf(output).join('\n')).toMatch(/ClusterRole .* with a ClusterRoleBinding/);
  });
  test('in a namespace', async () => {
    const output = await explain(forbidden('in the namespace \\"shop\\"'));
    expect(commandsOf(output)).toContain(
      'kubectl auth can-i list deployments.apps -n shop --as=system:serviceaccount:shop:operator',
    );
    expect(titlesOf(output).join('\n')).toMatch(/Bind a Role .* in namespace shop/);
    expect(titlesOf(output).join('\n')).not.toContain('ClusterRole');
  });
});

const stuck = `$ kubectl get deployment web -n shop -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {LABELS}
spec:
  template: {spec: {containers: [{name: web, image: "reg.example.com/web:2"}]}}
status:
  conditions:
  - {type: Progressing, status: "False", reason: ProgressDeadlineExceeded, message: timed out}
`;
const application = (policy: string) => `Name:               argocd/shop
Project:            default
Server:             https://kubernetes.default.svc
Namespace:          shop
Sync Policy:        ${policy}
Sync Status:        Synced to main (8c0bcca)
Health Status:      Degraded

GROUP  KIND        NAMESPACE  NAME  STATUS  HEALTH       HOOK  MESSAGE
apps   Deployment  shop       web   Synced  Progressing        deployment.apps/web configured
`;

describe('what a controller keeps as it is in Git is put right there first', () => {
  const ways = (output: Explanation) =>
    output.remedies.filter(({ way }) => way === 'revert').map(({ title, command }) => ({ title, command }));

  test('by Argo CD that heals itself', async () => {
    const [first, second] = ways(
      await explain(stuck.replace('LABELS', ''), application('Automated (Prune) (SelfHeal)')),
    );
    expect(first).toEqual({
      title: expect.stringMatching(/^Revert it in Git, which Argo CD .*shop/),
      command: undefined,
    });
    expect(second?.title).toMatch(/self-heal and undoes it at once/);
    expect(second?.command).toBe('kubectl rollout undo deployment/web -n shop');
  });
  test('by Argo CD without self-heal: undone by the next sync', async () => {
    const [, second] = ways(await explain(stuck.replace('LABELS', ''), application('Manual')));
    expect(second?.title).toMatch(/the next sync by Argo CD .* undoes it/);
  });
  test('by Flux, whose label the object has', async () => {
    const flux = stuck.replace('LABELS', '"kustomize.toolkit.fluxcd.io/name": apps');
    const [first, second] = ways(await explain(flux));
    expect(first?.title).toBe('Revert it in Git, which Flux (Kustomization apps) follows');
    expect(second?.title).toMatch(/undoes it within its interval/);
  });
  test('by nobody: the command alone', async () => {
    expect(ways(await explain(stuck.replace('LABELS', '')))).toEqual([
      { title: 'Roll back meanwhile', command: 'kubectl rollout undo deployment/web -n shop' },
    ]);
  });
});

const pulls = (name: string) =>
  `5m          Warning   Failed    pod/${name}   Failed to pull image "reg.example.com/${name}:2": rpc error: code = NotFound desc = failed to resolve reference "reg.example.com/${name}:2": not found`;
const rows = `$ kubectl get pods -n shop
NAME                   READY   STATUS             RESTARTS   AGE
web-66b7c8d9f4-aaaaa   0/1     ImagePullBackOff   0          6m
web-5d4f6b7c88-bbbbb   1/1     Running            0          4d
cart-7d4f6b7c88-ccccc  0/1     ImagePullBackOff   0          7m
`;
const events = (...names: string[]) =>
  `$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT                     MESSAGE\n${names.map(pulls).join('\n')}\n`;

describe('what else is broken', () => {
  test('a second proven failure is no alternative, and what still serves is said', async () => {
    const output = await explain(rows + events('web-66b7c8d9f4-aaaaa', 'cart-7d4f6b7c88-ccccc'));
    expect(alsoBroken(output).map(({ kind }) => kind)).toEqual(['image-not-found']);
    expect(alternatives(output)).toEqual([]);
    expect(output.serving?.summary ?? '').toMatch(
      /web still has 1 ready pod of another revision \(web-5d4f6b7c88-bbbbb\)/,
    );
    const text = renderExplanation(output, { color: false });
    expect(text).toContain('Also broken');
    expect(text).not.toContain('Also possible');
    expect(text).not.toMatch(/docker manifest inspect/);
  });
  test('what a program says of a call may come from the root: it stays a possibility', async () => {
    const said = crashing('FATAL dial tcp 10.96.14.7:5432: connect: connection refused');
    const output = await explain(said, said.replaceAll('-n shop', '-n pay'));
    expect(alsoBroken(output)).toEqual([]);
    expect(alternatives(output).map(({ kind }) => kind)).toEqual(['cannot-connect']);
  });
  test('pods of one revision of which some are ready are no other revision', async () => {
    const same = rows.replace('web-5d4f6b7c88-bbbbb', 'web-66b7c8d9f4-bbbbb');
    expect((await explain(same + events('web-66b7c8d9f4-aaaaa'))).serving).toBeUndefined();
  });
  test('pods of another cluster serve nobody here', async () => {
    const [head = '', title = '', own = '', ready = ''] = rows.split('\n');
    const listed = (flag: string, row: string) => `${head} ${flag}\n${title}\n${row}\n`;
    const both = (flag: string) =>
      explain(listed('--context prod', own) + listed(flag, ready) + events('web-66b7c8d9f4-aaaaa'));
    expect((await both('--context staging')).serving).toBeUndefined();
    expect((await both('--context prod -l track=stable')).serving?.summary).toContain(
      '1 ready pod of another revision',
    );
  });
});

test('an answer says each sentence once, in English, and names init containers', async () => {
  const output = await explain(`$ kubectl get pods -n shop
NAME                  READY   STATUS                  RESTARTS      AGE
web-7b8c9d6f5-2kq8x   0/1     Init:CrashLoopBackOff   4 (20s ago)   3m
$ kubectl logs web-7b8c9d6f5-2kq8x -n shop -c wait-db
panic: schema version 41 is newer than this program knows (39)
`);
  expect(commandsOf(output)).toContain('kubectl logs web-7b8c9d6f5-2kq8x -n shop -c wait-db --previous');
  const text = renderExplanation(output, { color: false });
  expect(text).toContain('an init container crashes');
  expect(text.split(output.rootCause?.summary ?? '-').length).toBe(2);
});

test('Argo CD’s rendering error is told by its tool’s own words, with the tool’s command', async () => {
  const said =
    "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = `kustomize build <path to cached source>/overlays/prod` failed exit status 1: Error: accumulating resources: evalsymlink failure on 'deploymnt.yaml' : no such file or directory";
  const output = await explain(
    `${application('Manual').split('\nGROUP')[0]}\nCONDITION        MESSAGE\nComparisonError  ${said}  2026-11-24 02:00:00 +0000 UTC\n`,
  );
  expect(output.rootCause?.summary).toContain('cannot be rendered (Error: accumulating resources: evalsymlink');
  expect(commandsOf(output)).toContain('kustomize build overlays/prod');
});
