import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answer } from './metamorphic/case.ts';

const FAULTS = join(import.meta.dirname, '../../faults');
const transcript = (place: string) => readFileSync(join(FAULTS, place, 'transcript/session.txt'), 'utf8');
const explain = (text: string) => answer({ files: [{ name: 'session.txt', text }] });

test.each([
  ['scheduling/vale-shop-taint', 'the nodes have the taint `dedicated=batch:NoSchedule`, which it does not tolerate'],
  ['running/vale-shop-cert', 'the SSL/TLS certificate of `api.clearmint.example` has expired'],
  ['running/vale-tel-maxconn', 'fails its clients (Deployment fleet-data/writer, Deployment fleet-data/explorer'],
  ['startup/vale-shop-portconf', 'its container `metrics-proxy` declares it, too'],
  ['network/vale-tel-sidecar', 'passes requests on to `127.0.0.1:4003` (`--upstream=http://127.0.0.1:4003`)'],
  ['network/vale-shop-loss', '(Node worker-1)'],
  ['infrastructure/vale-bank-dns', 'is scaled to 0 replicas'],
  [
    'infrastructure/vale-bank-containerd',
    'its journal says `containerd: failed to load TOML: /etc/containerd/config.toml',
  ],
  ['infrastructure/tarn-kubeproxy', 'kube-proxy does not run on node node-2: '],
  ['network/tarn-netem', 'degrades the network at interface eth0 of Node worker-2: delay 4s 900ms loss 30%'],
  ['scheduling/tarn-pvcmode', 'provisioning fails (rpc error: code = InvalidArgument'],
  ['running/tarn2-redisfull', 'it uses 100.00M of the 100.00M that it may (maxmemory) and evicts nothing (noeviction)'],
  ['network/tarn2-svcport-many', 'are told 9092, the port that its pods have'],
  ['running/tarn-mongouser', 'the user `app` does not exist, as the log of StatefulSet townsquare/mongo-media says'],
  ['network/tarn2-netpol-minute', 'NetworkPolicy chatterbox/isolate-people lets no such connection into'],
  [
    'infrastructure/wold-kubeproxy',
    'DaemonSet kube-system/kube-proxy is wanted on no node (none fits its node selector',
  ],
  ['network/wold-toxiproxy', 'injects a fault (latency 2600 ms, jitter 300 ms) into its proxy `redis` to redis:6379'],
  ['running/wold-certexp', 'the SSL/TLS certificate that it was shown has expired'],
  ['running/wold-rabbitmem', 'it holds as much as it may (`memory resource limit alarm`), so that it blocks'],
  ['running/wold-zero', 'so Deployment plaza/pictures-service, which calls it, gets no answer'],
  ['startup/wold-initwait', 'it waits for `postgres:5433`'],
])('%s is told in exact words', (place, words) => {
  expect(explain(transcript(place)).rootCause?.summary).toContain(words);
});

const PODS = `$ kubectl get pods -n crm
NAME                    READY   STATUS    RESTARTS   AGE
desk-6d4f9c7b58-x2x9q   1/1     Running   0          9d
till-5d4f9c7b58-z2x9q   1/1     Running   0          9d

$ kubectl get services -n crm
NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)    AGE
till   ClusterIP   10.96.0.7    <none>        9000/TCP   9d
`;
const log = (...last: readonly string[]) => `
$ kubectl logs desk-6d4f9c7b58-x2x9q -n crm
${['2026-11-04T08:00:00Z ERROR call of http://till:9000/sum failed: dial tcp 10.96.0.7:9000: connect: connection refused', '2026-11-04T08:03:00Z INFO GET /sum 200', '2026-11-04T08:06:00Z INFO GET /sum 200', '2026-11-04T08:09:00Z INFO GET /sum 200', ...last].join('\n')}
`;
const check = (client: string, port: number, said: string) => `
$ kubectl exec -n crm deploy/${client} -- nc -zv -w 3 till ${port}
${said}
`;
const OPEN = 'till (10.96.0.7:9000) open';

test('a connection that was refused once is history where a check of the same workload reaches the same port since', () => {
  expect(explain(PODS + log() + check('desk', 9000, OPEN)).verdict).toBe('healthy');
  const succeeded = 'Connection to till (10.96.0.7) 9000 port [tcp/*] succeeded!';
  expect(explain(PODS + log() + check('desk', 9000, succeeded)).verdict).toBe('healthy');
});

test.each([
  ['no check was made', PODS + log()],
  ['the check came before', PODS + check('desk', 9000, OPEN) + log()],
  ['another workload made it', PODS + log() + check('till', 9000, OPEN)],
  ['it reached another port', PODS + log() + check('desk', 9001, 'till (10.96.0.7:9001) open')],
  [
    'the log ends with another refusal',
    PODS +
      log(
        '2026-11-04T08:10:00Z ERROR call of http://till:9000/sum failed: dial tcp 10.96.0.7:9000: connect: connection refused',
      ) +
      check('desk', 9000, OPEN),
  ],
])('it is none where %s', (_what, text) => {
  expect(explain(text)).toMatchObject({ verdict: 'degraded', rootCause: { kind: 'cannot-connect' } });
});

test('one client alone that is turned away by a database is still the one to change', () => {
  const session = transcript('running/vale-tel-maxconn');
  // Without what the database's own log says, and with the words of one client.
  const alone = session.replaceAll(/^.*(?:FATAL: {2}sorry|query failed: sorry|SqlExceptionHelper.*sorry).*\n/gm, '');
  expect(explain(alone).rootCause).toMatchObject({
    kind: 'connections-exhausted',
    object: { kind: 'Deployment', name: 'writer' },
  });
});

test('a proxy whose program only refuses is not told a wrong port', () => {
  const session = transcript('network/vale-tel-sidecar').replaceAll('127.0.0.1:4003', '127.0.0.1:4000');
  expect(explain(session).rootCause?.summary).toContain('it cannot connect to `127.0.0.1:4000`');
});

test('a check in another file tells as much where the program went on for a quarter of an hour', () => {
  const files = (minute: string) => [
    { name: 'checks.txt', text: check('desk', 9000, OPEN).trimStart() },
    { name: 'pods.txt', text: PODS },
    { name: 'log.txt', text: log(`2026-11-04T08:${minute}:00Z INFO GET /sum 200`).trimStart() },
  ];
  expect(answer({ files: files('16') }).verdict).toBe('healthy');
  expect(answer({ files: files('12') }).verdict).toBe('degraded');
});

test('a container that came up again days ago is not the first error, one that did so within the hour may be', () => {
  const session = transcript('infrastructure/vale-shop-kubelet');
  const first = (text: string) => explain(text).timeline.find(({ role }) => role === 'first-error');
  expect(first(session)?.time).toBe('2026-11-20T15:07:24.723Z');
  const ended = 'Finished:     Sat, 14 Nov 2026 15:59:57 +0000';
  expect(session).toContain(ended);
  expect(first(session.replace(ended, 'Finished:     Fri, 20 Nov 2026 14:59:57 +0000'))).toMatchObject({
    time: '2026-11-20T14:59:57.000Z',
    text: expect.stringContaining('ended with 143'),
  });
});

test('a toxic is read from the API of Toxiproxy, too, and one of no toxicity is none', () => {
  const said = (toxicity: number) =>
    explain(`${PODS}
$ curl -s http://localhost:8474/proxies/till
{"name":"till","listen":"[::]:29000","upstream":"till:9000","enabled":true,"toxics":[{"attributes":{"rate":1},"name":"cut","type":"bandwidth","stream":"downstream","toxicity":${toxicity}}]}
`);
  expect(said(1)).toMatchObject({ verdict: 'degraded', rootCause: { kind: 'fault-injected' } });
  expect(said(1).rootCause?.summary).toContain('(bandwidth: rate 1 KB/s) into its proxy `till` to till:9000');
  expect(said(0).verdict).toBe('healthy');
});

test('a Job that failed is history where it was made anew later and came to its end, and only there', () => {
  const jobs = (again: string, age: string) => `${PODS}
$ kubectl get jobs -n crm
NAME         STATUS     COMPLETIONS   DURATION   AGE
backfill     Failed     0/1           6d         6d
${again.padEnd(10)}   Complete   1/1           4m         ${age}

$ kubectl get pods -n crm -l job-name=backfill
NAME             READY   STATUS   RESTARTS   AGE
backfill-q7x2k   0/1     Error    0          6d
`;
  expect(explain(jobs('backfill-2', '5d')).verdict).toBe('healthy');
  // Parts of one work are made together.
  expect(explain(jobs('backfill-2', '6d')).verdict).toBe('failed');
  expect(explain(jobs('cleanup', '5d')).verdict).toBe('failed');
});

test('a list that has no state and may not be read leaves a namespace well; one of pods does not', () => {
  const refused = (what: string) =>
    `${PODS}
$ kubectl get ${what} -n crm
Error from server (Forbidden): ${what} is forbidden: User "kim" cannot list resource "${what}" in API group "" in the namespace "crm"
`;
  expect(explain(refused('secrets')).verdict).toBe('healthy');
  expect(explain(refused('events')).verdict).toBe('unknown');
});
