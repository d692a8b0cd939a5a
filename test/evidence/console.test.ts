import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { reasonOf } from '../../src/evidence/console/reasons.ts';
import { legible } from '../../src/evidence/legible.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const scene = (text: string) => buildScene(collect([{ name: 'paste.txt', text: legible(text) }]).items);
const eventsOf = (text: string) =>
  scene(text).events.map(({ reason, object, count }) => [reason, object?.kind, object?.name, object?.namespace, count]);

const MESSAGE = 'Error: secret "web-env" not found';

test.each([
  [
    'Rancher',
    `Reason\tResource\tDate\tMessage\nFailed\tPod web-0\tFri, Nov 27 2026 10:41:22 am\t${MESSAGE}`,
    ['Failed', 'Pod', 'web-0', undefined, 1],
  ],
  [
    'Rancher between gaps',
    `Reason   Resource    Date            Message\nFailed   Pod web-0   2 minutes ago   ${MESSAGE}`,
    ['Failed', 'Pod', 'web-0', undefined, 1],
  ],
  [
    "Lens' list",
    `Type\tMessage\tNamespace\tInvolved Object\tSource\tCount\tAge\tLast Seen\nWarning\t${MESSAGE}\tshop\tPod: web-0\tkubelet n1\t31\t7m\t12s`,
    ['Failed', 'Pod', 'web-0', 'shop', 31],
  ],
  [
    "Lens' drawer",
    `Pod: web-0\nNamespace\tshop\nEvents\n${MESSAGE}\nSource\tkubelet n1\nCount\t5\nSub-object\tspec.containers{web}\nLast seen\t8s ago`,
    ['Failed', 'Pod', 'web-0', 'shop', 5],
  ],
  [
    'Headlamp',
    `Workloads > Pods > web-0\nNamespace\tshop\nType\tReason\tFrom\tMessage\tAge\nWarning\tFailed\tkubelet\t${MESSAGE}\t12m`,
    ['Failed', 'Pod', 'web-0', 'shop', 1],
  ],
  [
    'the Dashboard, a cell a line',
    `Name\tReason\tMessage\tSource\tSub-object\tCount\tFirst Seen\tLast Seen\nweb-0.17f3d0a2b6c1e4d5\nFailed\n${MESSAGE}\nkubelet n1\nspec.containers{web}\n9\n9 minutes ago\na minute ago`,
    ['Failed', 'Pod', 'web-0', undefined, 9],
  ],
  [
    'OpenShift',
    `P\nweb-0\nNS\nshop\nNov 27, 2026, 9:14 AM\nGenerated from kubelet on w1\n14 times in the last 32 minutes\n${MESSAGE}`,
    ['Failed', 'Pod', 'web-0', 'shop', 14],
  ],
  [
    'Argo CD',
    `REASON\tMESSAGE\tCOUNT\tFIRST OCCURRED\tLAST OCCURRED\nScheduled\tSuccessfully assigned shop/web-0 to n1\t1\t6 minutes ago\t6 minutes ago\nFailed\t${MESSAGE}\t28\t6 minutes ago\ta few seconds ago`,
    ['Failed', 'Pod', 'web-0', 'shop', 28],
  ],
])('an event that %s shows is one of its pod', (_, text, event) => {
  expect(eventsOf(text)).toContainEqual(event);
});

test('a message that was pasted alone is an event of some pod; of the only unwell one beside it, where there is one', () => {
  expect(eventsOf(`what is this?\n${MESSAGE}`)).toEqual([['Failed', 'Pod', '(name cut off)', undefined, 1]]);
  const row = 'web-0   0/1   CreateContainerConfigError   0   3m';
  const text = `${MESSAGE}\n\n$ kubectl get po -n shop\nNAME    READY   STATUS                       RESTARTS   AGE\n${row}`;
  expect(scene(text).events.map(({ message }) => message)).toEqual([MESSAGE]);
});

test('what programs say of themselves is no event of Kubernetes', () => {
  for (const said of [
    'Error: failed to create nodegroups for cluster "ml"',
    'Error: getaddrinfo ENOTFOUND db',
    'Failed to pull data from upstream',
    'Started container orchestration service',
  ])
    expect(eventsOf(said), said).toEqual([]);
  expect(reasonOf('Scaled up to 4 workers')).toBeUndefined();
});

test('a table of something else with a column of messages stays a text', () => {
  expect(eventsOf('Level\tTime\tLogger\tMessage\nERROR\t10:00\tweb\tno route')).toEqual([]);
});

test.each([
  [
    'Alertmanager in Slack',
    '[FIRING:1] KubeHpaMaxedOut (warning) shop\nDetails:\n  • alertname: KubeHpaMaxedOut\n  • horizontalpodautoscaler: web',
  ],
  [
    'a mail',
    'Subject: [FIRING:1] (KubeHpaMaxedOut shop warning)\nLabels\nalertname = KubeHpaMaxedOut\nhorizontalpodautoscaler = web',
  ],
  ['Grafana', '**Firing**\n\nLabels:\n - alertname = KubeHpaMaxedOut\n - horizontalpodautoscaler = web'],
  ['Opsgenie', '#9: [Prometheus]: KubeHpaMaxedOut\nDetails\nhorizontalpodautoscaler: web'],
])('an alert is read as %s writes it', (_, text) => {
  const [alert, ...others] = scene(text).alerts;
  expect(others).toEqual([]);
  expect(alert).toMatchObject({
    name: 'KubeHpaMaxedOut',
    status: 'firing',
    labels: { horizontalpodautoscaler: 'web' },
  });
});

test('an alert that is over is said to be', () => {
  expect(scene('[RESOLVED] KubePodNotReady (warning)\nalertname: KubePodNotReady\npod: web-0').alerts).toMatchObject([
    { status: 'resolved' },
  ]);
});

test('a monitor that recovered tells of no pod that crashes', () => {
  const said = 'Pod web-0 is CrashloopBackOff on namespace shop';
  expect(scene(`[Triggered on {kube_deployment:web}] ${said}`).objects.map(({ ref }) => ref.name)).toEqual(['web-0']);
  expect(scene(`[Recovered on {kube_deployment:web}] ${said}`).objects).toEqual([]);
});

test('an Application is read as the panel of Argo CD shows it', () => {
  const panel =
    'web-prod\nAPP HEALTH\nDegraded\nSYNC STATUS\nSynced\nto main (1a2b3c4)\nLAST SYNC\nSync OK\nto 1a2b3c4';
  const [application] = scene(panel).objects;
  expect(application?.ref).toMatchObject({ kind: 'Application', name: 'web-prod' });
  expect(application?.object.status).toEqual({
    health: { status: 'Degraded' },
    sync: { status: 'Synced' },
    operationState: { phase: 'Succeeded' },
  });
});

test('a description in the frame of K9s is one of its pod', () => {
  const framed = [
    '┌───────────────────────── Describe(shop/web-0) ──────────────────────────┐',
    '│ Events:                                                                 │',
    '│   Type     Reason  Age  From     Message                                │',
    '│   ----     ------  ---  ----     -------                                │',
    '│   Warning  Failed  4s   kubelet  Error: secret "web-env" not found      │',
    '└─────────────────────────────────────────────────────────────────────────┘',
  ].join('\n');
  const [item] = collect([{ name: 'paste.txt', text: legible(framed) }]).items;
  expect(item?.command).toBe('kubectl describe pod web-0 -n shop');
  expect(eventsOf(framed)).toEqual([['Failed', 'Pod', 'web-0', 'shop', 1]]);
  // A table in such a frame is none.
  expect(legible('┌── Pods(shop)[1] ──┐\n│ NAME  STATUS │\n└──┘')).toContain('┌── Pods(shop)[1] ──┐');
});

test.each([
  ['alone on its line', 'web-shop\nAPP HEALTH\nHealthy\nSYNC STATUS\nSynced', 'web-shop'],
  ['in a sentence', 'Argo CD, app web-shop:\nAPP HEALTH\nHealthy\nSYNC STATUS\nSynced', 'web-shop'],
  ['on a path', 'Applications > web-shop\nAPP CONDITIONS\nnone\nAPP HEALTH\nHealthy\nSYNC STATUS\nSynced', 'web-shop'],
  [
    'in an address',
    'https://cd.example/applications/argocd/web-shop\nAPP HEALTH\nHealthy\nSYNC STATUS\nSynced',
    'web-shop',
  ],
  [
    'in no word of a question',
    'why is the app not syncing?\nAPP HEALTH\nHealthy\nSYNC STATUS\nSynced',
    '(name cut off)',
  ],
  ['nowhere', 'APP HEALTH\nHealthy\nSYNC STATUS\nSynced', '(name cut off)'],
])("an Application's panel is of the one that is named %s", (_, text, name) => {
  expect(scene(text).objects.map(({ ref }) => [ref.kind, ref.name])).toEqual([['Application', name]]);
});

test('a page of Lens with a cell a line', () => {
  const page = (...cells: string[]) =>
    scene(
      ['Pod: web-7d9c8b6f54-kk2xz', 'Namespace', 'shop', 'Controlled By', 'ReplicaSet web-7d9c8b6f54', ...cells].join(
        '\n',
      ),
    ).objects;
  expect(
    page('Status', 'CrashLoopBackOff', 'Last Status', 'terminated', 'Reason: OOMKilled - exit code: 137'),
  ).toMatchObject([
    {
      ref: { kind: 'Pod', namespace: 'shop' },
      object: {
        metadata: { ownerReferences: [{ kind: 'ReplicaSet' }] },
        status: { containerStatuses: [{ lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }] },
      },
    },
  ]);
  expect(page('Status', 'Running', 'Containers', 'web', 'Status', 'running, ready')).toMatchObject([
    { object: { status: { phase: 'Running', containerStatuses: [{ ready: true }] } } },
  ]);
});

test('a pod of which a line of its own says why it waits; not what was, and not two at once', () => {
  const waiting = (text: string) =>
    scene(text).objects.flatMap(({ ref, object }) => (object.status === undefined ? [] : [ref.name]));
  expect(waiting('hm\ngitea-0  CrashLoopBackOff  0/1  restarts 11')).toEqual(['gitea-0']);
  expect(waiting('pod web-7d9c8b6f54-kk2xz is in ImagePullBackOff since noon')).toEqual(['web-7d9c8b6f54-kk2xz']);
  expect(waiting('web-7d9c8b6f54-kk2xz was in ImagePullBackOff until noon')).toEqual([]);
  expect(waiting('web-0 and web-1: CrashLoopBackOff')).toEqual([]);
  expect(waiting('waiting_reason{pod="web-0", reason="CrashLoopBackOff"} => 0 @[1795690000]')).toEqual([]);
});

test('a description of which only the left side of its frame was copied; a box of Terraform is none', () => {
  const text =
    '│ Events:\n│   Type     Reason   Age  From     Message\n│   ----     ------   ---- ----     -------\n│   Warning  Failed   5m   kubelet  Error: ErrImagePull';
  expect(legible(text).split('\n')[0]).toBe('Events:');
  const box = '╷\n│ Error: no name\n│ \n│   with aws_instance.a\n╵';
  expect(legible(box)).toBe(box.replace('│ \n', '│\n'));
});

test.each([
  [
    'hey fare-6d8f7c9b5-kk2xv is stuck: Failed to pull image "ghcr.io/tram/fare:3": 401 Unauthorized',
    'fare-6d8f7c9b5-kk2xv',
  ],
  ['it says: 0/3 nodes are available: 3 Insufficient cpu.', '(name cut off)'],
])('a message within a sentence: %s', (text, name) => {
  expect(scene(text).events.map(({ object }) => object?.name)).toEqual([name]);
});
