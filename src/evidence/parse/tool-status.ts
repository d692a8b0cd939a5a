import type { Json } from '../../json.ts';

/** An object as the status of a tool shows it, with its line. */
export interface Shown {
  readonly object: Json;
  readonly index: number;
}

/** Counts of nothing are left out. `DaemonSet   cilium   Desired: 4, Ready: 3/4, Available: 3/4, Unavailable: 1/4` */
const WORKLOAD =
  /^(DaemonSet|Deployment|StatefulSet)\s+([a-z0-9][a-z0-9.-]*)\s+Desired: (\d+)(?:, Ready: (\d+)\/\d+)?(?:, Available: (\d+)\/\d+)?(?:, Unavailable: \d+\/\d+)?\s*$/;
/** `cilium   cilium-x7k2p   … container cilium-agent is in CrashLoopBackOff, exited with code 1: …`, below `Errors:`. */
const CRASHED =
  /^(?:Errors:)?\s+[a-z0-9-]+\s+([a-z0-9][a-z0-9.-]*)\s+.*\bcontainer ([a-z0-9-]+) is in (CrashLoopBackOff)(?:, exited with code (\d+))?/;
/** Where Cilium's own client installs, unless it is told otherwise. */
const SYSTEM = 'kube-system';

/** What `cilium status` says of the parts of the network: its workloads, and pods that crash. */
function ofCilium(lines: readonly string[]): Shown[] {
  if (!lines.some((line) => /\bCilium:\s+\S/.test(line))) return [];
  return lines.flatMap((line, index): Shown[] => {
    const [, kind = '', name = '', desired, ready, available] = WORKLOAD.exec(line) ?? [];
    if (name !== '') {
      const counts = {
        readyReplicas: Number(ready ?? 0),
        availableReplicas: Number(available ?? 0),
        replicas: Number(desired),
      };
      const nodes = {
        desiredNumberScheduled: Number(desired),
        numberReady: Number(ready ?? 0),
        numberAvailable: Number(available ?? 0),
      };
      const status = kind === 'DaemonSet' ? nodes : counts;
      const spec = kind === 'DaemonSet' ? {} : { replicas: Number(desired) };
      return [{ object: { kind, metadata: { name, namespace: SYSTEM }, spec, status }, index }];
    }
    const [, pod = '', container = '', reason = '', code] = CRASHED.exec(line) ?? [];
    if (pod === '') return [];
    const last = code === undefined ? {} : { lastState: { terminated: { exitCode: Number(code) } } };
    const status = { name: container, ready: false, restartCount: 1, state: { waiting: { reason } }, ...last };
    return [
      {
        object: { kind: 'Pod', metadata: { name: pod, namespace: SYSTEM }, status: { containerStatuses: [status] } },
        index,
      },
    ];
  });
}

/** `| https://10.0.0.1:2379 |   true | 9.1ms |       |` and, perhaps behind a warning in JSON, `https://10.0.0.1:2379 is unhealthy: failed to commit proposal: …` */
const ENDPOINT_ROW = /^\|\s+(\S+:\d+)\s+\|\s+(true|false)\s+\|\s+[\d.]+\w+\s+\|\s*(.*?)\s*\|$/;
const ENDPOINT =
  /^(?:\{[^{}]{0,1000}\})?((?:https?:\/\/)?[\w.[\]:-]{1,250}:\d+) is (healthy|unhealthy): (successfully committed proposal\b.*|failed to (?:commit proposal|connect)\b.*)$/;

const isEndpoint = (line: string): boolean =>
  line.length < 2000 &&
  (line.startsWith('|') ? ENDPOINT_ROW.test(line) : line.includes('healthy: ') && ENDPOINT.test(line));

/** The members of etcd as `etcdctl endpoint health` calls them. */
function ofEtcd(lines: readonly string[]): Shown[] {
  return lines.flatMap((line, index): Shown[] => {
    if (!isEndpoint(line)) return [];
    const [, name = '', how = '', said = ''] = ENDPOINT_ROW.exec(line) ?? ENDPOINT.exec(line) ?? [];
    const well = how === 'true' || how === 'healthy';
    const condition = {
      type: 'Healthy',
      status: well ? 'True' : 'False',
      ...(well || said === '' ? {} : { message: said }),
    };
    return [
      {
        object: {
          kind: 'EtcdMember',
          metadata: { name: name.replace(/^https?:\/\//, '') },
          status: { conditions: [condition] },
        },
        index,
      },
    ];
  });
}

/** `| 10.0.0.12 | node-to-node mesh | start | 2026-11-26 | Active Socket: Connection |`: a peer of BGP, and the rest of what is said of it below. */
const PEER = /^\| ([\da-f.:]+) +\| [a-z -]+\| (\w+) +\| [\d:-]+ +\| (.*?) *\|$/;
const REST = /^\|(?: +\|){4} (.*?) *\|$/;

/** The peers of a node in its network as `calicoctl node status` calls them. */
function ofCalico(lines: readonly string[]): Shown[] {
  return lines.flatMap((line, index): Shown[] => {
    const [, name = '', state = '', said = ''] = line.length > 400 ? [] : (PEER.exec(line) ?? []);
    if (name === '') return [];
    const rest = REST.exec(lines[index + 1] ?? '')?.[1];
    const message = rest === undefined ? said : `${said} ${rest}`;
    const up = state === 'up' && /^Established\b/.test(said);
    const condition = {
      type: 'Established',
      status: up ? 'True' : 'False',
      ...(up ? {} : { message: `${state}: ${message}` }),
    };
    return [{ object: { kind: 'BGPPeer', metadata: { name }, status: { conditions: [condition] } }, index }];
  });
}

/** Objects that the status of a tool (`cilium status`, `calicoctl node status`, `etcdctl endpoint health`) shows. Empty for any other text. */
export function toolStatus(lines: readonly string[]): Shown[] {
  const head = lines.slice(0, 60);
  if (head.some((line) => /\bCilium:/.test(line))) return ofCilium(lines);
  if (head.some((line) => /^IPv[46] BGP status$/.test(line))) return ofCalico(lines);
  return head.some(isEndpoint) ? ofEtcd(lines) : [];
}
