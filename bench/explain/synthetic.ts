/** Made-up evidence of any size, the same on every machine: nothing here is of a real cluster. */

/** Numerical Recipes' linear congruential generator; numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const clock = (n: number): string => new Date(Date.UTC(2026, 10, 2, 9) + n * 7).toISOString();

/** Lines of an ordinary service's log, with now and then an error and its trace. Endless. */
export function* logLines(seed = 1): Generator<string> {
  const next = random(seed);
  const pick = (most: number): number => Math.floor(next() * most);
  for (let n = 0; ; n++) {
    const kind = next();
    const id = pick(2 ** 31)
      .toString(16)
      .padStart(8, '0');
    if (kind < 0.6)
      yield `${clock(n)} INFO  http request served method=GET path=/orders/${pick(90_000)} status=200 ms=${pick(300)} trace=${id}${id}`;
    else if (kind < 0.85)
      yield `${clock(n)} DEBUG cache lookup key="cart:${pick(9000)}" hit=${next() < 0.5} from 10.0.${pick(250)}.${pick(250)}:${30_000 + pick(9000)}`;
    else if (kind < 0.99)
      yield `{"level":"info","ts":${1_793_610_000 + n / 100},"msg":"job ${pick(5000)} done in ${pick(90)}ms","queue":"mail"}`;
    else if (kind < 0.998) yield `${clock(n)} WARN  slow query took ${pick(4000)}ms rows=${pick(100)}`;
    else {
      yield `${clock(n)} ERROR order ${pick(90_000)} failed: java.lang.IllegalStateException: no stock for item ${pick(900)}`;
      yield '\tat shop.orders.Stock.take(Stock.java:41)';
      yield `\tat shop.orders.Order$${pick(9)}.run(Order.java:${pick(300)})`;
    }
  }
}

/** So many characters of log. */
export function logText(size: number, seed = 1): string {
  const lines: string[] = [];
  let length = 0;
  for (const line of logLines(seed)) {
    if (length >= size) break;
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join('\n');
}

const IMAGE = 'registry.example/shop';

function describePod(name: string, workload: string, hash: string, broken: boolean): string {
  const state = broken
    ? `    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
    Ready:          False
    Restart Count:  7`
    : `    State:          Running
      Started:      Mon, 02 Nov 2026 09:00:00 +0000
    Ready:          True
    Restart Count:  0`;
  return `Name:             ${name}
Namespace:        shop
Priority:         0
Service Account:  default
Node:             node-3/10.1.0.3
Start Time:       Mon, 02 Nov 2026 08:59:58 +0000
Labels:           app=${workload}
                  pod-template-hash=${hash}
Annotations:      <none>
Status:           Running
IP:               10.2.0.9
Controlled By:  ReplicaSet/${workload}-${hash}
Containers:
  app:
    Container ID:   containerd://0123456789abcdef
    Image:          ${IMAGE}/${workload}:1.4.2
    Image ID:       ${IMAGE}/${workload}@sha256:0123456789abcdef
    Port:           8080/TCP
    Host Port:      0/TCP
${state}
    Limits:
      cpu:     500m
      memory:  256Mi
    Requests:
      cpu:        100m
      memory:     128Mi
    Liveness:   http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3
    Readiness:  http-get http://:8080/ready delay=5s timeout=1s period=10s #success=1 #failure=3
    Environment:
      DATABASE_HOST:  db.shop.svc
      LOG_LEVEL:      info
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-x (ro)
Conditions:
  Type              Status
  Initialized       True
  Ready             ${broken ? 'False' : 'True'}
  ContainersReady   ${broken ? 'False' : 'True'}
  PodScheduled      True
Volumes:
  kube-api-access-x:
    Type:                    Projected (a volume that contains injected data from multiple sources)
QoS Class:                   Burstable
Node-Selectors:              <none>
Tolerations:                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
${broken ? `  Type     Reason   Age                From     Message\n  ----     ------   ----               ----     -------\n  Warning  BackOff  12s (x31 over 7m)  kubelet  Back-off restarting failed container app in pod ${name}` : '  <none>'}
`;
}

const CRASH = `2026-11-02T09:00:01Z INFO starting
2026-11-02T09:00:02Z FATAL dial tcp 10.0.0.7:5432: connect: connection refused
`;

interface Pod {
  readonly name: string;
  readonly workload: string;
  readonly hash: string;
  readonly broken: boolean;
}

function pods(count: number): Pod[] {
  return Array.from({ length: count }, (_, n) => {
    const workload = `svc-${Math.floor(n / 5)}`;
    const hash = (7_000_000 + Math.floor(n / 5)).toString(16);
    return {
      workload,
      hash,
      name: `${workload}-${hash}-${(60_000_000 + n).toString(36).slice(-5)}`,
      broken: n % 100 === 7,
    };
  });
}

function podTable(all: readonly Pod[]): string {
  const row = (cells: readonly string[]): string =>
    cells.map((cell, n) => cell.padEnd([34, 8, 20, 11, 6][n] ?? 0)).join('');
  return [
    row(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']),
    ...all.map(({ name, broken }) =>
      row(broken ? [name, '0/1', 'CrashLoopBackOff', '7', '9m'] : [name, '1/1', 'Running', '0', '9m']),
    ),
  ].join('\n');
}

/** A namespace of `count` pods in workloads of five, one in a hundred in a crash loop: table, describe, Services, a log. */
export function namespace(count: number): { name: string; text: string }[] {
  const all = pods(count);
  const services = [...new Set(all.map(({ workload }) => workload))].map(
    (name) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  clusterIP: 10.96.0.10
  ports:
  - port: 80
    targetPort: 8080
  selector:
    app: ${name}`,
  );
  const broken = all.find((pod) => pod.broken);
  return [
    { name: 'pods.txt', text: podTable(all) },
    {
      name: 'describe.txt',
      text: all.map((pod) => describePod(pod.name, pod.workload, pod.hash, pod.broken)).join('\n'),
    },
    { name: 'services.yaml', text: services.join('\n---\n') },
    ...(broken === undefined ? [] : [{ name: `${broken.name}.log`, text: CRASH }]),
  ];
}

/** `kubectl get pods -o yaml` of the same pods, each a document. */
export function podsAsYaml(count: number): { name: string; text: string } {
  const container = (broken: boolean): string =>
    broken
      ? `    ready: false
    restartCount: 7
    state:
      waiting:
        reason: CrashLoopBackOff
        message: back-off 5m0s restarting failed container`
      : `    ready: true
    restartCount: 0
    state:
      running:
        startedAt: "2026-11-02T09:00:00Z"`;
  const pod = ({ name, workload, hash, broken }: Pod): string => `apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: "2026-11-02T08:59:58Z"
  labels:
    app: ${workload}
    pod-template-hash: ${hash}
  name: ${name}
  namespace: shop
  ownerReferences:
  - apiVersion: apps/v1
    controller: true
    kind: ReplicaSet
    name: ${workload}-${hash}
spec:
  containers:
  - env:
    - name: LOG_LEVEL
      value: info
    image: ${IMAGE}/${workload}:1.4.2
    imagePullPolicy: IfNotPresent
    livenessProbe:
      failureThreshold: 3
      httpGet:
        path: /healthz
        port: 8080
        scheme: HTTP
      periodSeconds: 10
      timeoutSeconds: 1
    name: app
    ports:
    - containerPort: 8080
      protocol: TCP
    resources:
      limits:
        memory: 256Mi
      requests:
        cpu: 100m
        memory: 256Mi
    volumeMounts:
    - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      name: kube-api-access-x
      readOnly: true
  nodeName: node-3
  volumes:
  - name: kube-api-access-x
    projected:
      defaultMode: 420
      sources:
      - serviceAccountToken:
          expirationSeconds: 3607
          path: token
status:
  conditions:
  - lastTransitionTime: "2026-11-02T09:00:00Z"
    status: "${broken ? 'False' : 'True'}"
    type: Ready
  containerStatuses:
  - image: ${IMAGE}/${workload}:1.4.2
    name: app
${container(broken)}
  phase: Running
  podIP: 10.2.0.9`;
  return { name: 'pods.yaml', text: pods(count).map(pod).join('\n---\n') };
}

/** A terminal session over a namespace: lists, describes and logs, three in four lines of them in big logs; `size` characters. */
export function transcript(size: number): string {
  const all = pods(400);
  const parts = ['$ kubectl get pods -n shop', podTable(all)];
  let length = parts.join('\n').length;
  for (let n = 0; length < size; n++) {
    const pod = all[n % all.length] as Pod;
    const log = pod.broken ? CRASH : logText(n % 10 === 0 ? (size * 0.75) / 40 : 6000, n + 1);
    const part = [
      `$ kubectl describe pod ${pod.name} -n shop`,
      describePod(pod.name, pod.workload, pod.hash, pod.broken),
      `$ kubectl logs ${pod.name} -n shop`,
      log,
    ].join('\n');
    parts.push(part);
    length += part.length + 1;
  }
  return parts.join('\n');
}
