import type { Json } from '../../json.ts';
import { describedData } from '../described-data.ts';
import { scaleTarget } from './rows.ts';
import { child, flatten, type Node, pairs, valueAt } from './tree.ts';

type Details = Json;

function service(root: Node): Details {
  const ports = root.children.flatMap((node, index) => {
    if (node.key !== 'Port') return [];
    const match = /^(\S+)\s+(\d+)\/(\w+)/.exec(node.value);
    const target = root.children.slice(index + 1).find((next) => next.key === 'TargetPort' || next.key === 'Port');
    if (match === null) return [];
    const text = target?.key === 'TargetPort' ? (target.value.split('/')[0] ?? '') : '';
    return [
      {
        ...(match[1] === '<unset>' ? {} : { name: match[1] }),
        port: Number(match[2]),
        protocol: match[3],
        ...(text === '' ? {} : { targetPort: /^\d+$/.test(text) ? Number(text) : text }),
      },
    ];
  });
  const endpoints = child(root, 'Endpoints')?.value;
  const selector = pairs(child(root, 'Selector'));
  return {
    spec: {
      type: valueAt(root, 'Type') ?? 'ClusterIP',
      ...(/^[\d.]+$/.test(valueAt(root, 'IP') ?? '') ? { clusterIP: valueAt(root, 'IP') } : {}),
      ...(Object.keys(selector).length > 0 ? { selector } : {}),
      ports,
    },
    // Not a field of the API: describe joins the endpoints in. `[]` says that it printed none.
    ...(endpoints === undefined ? {} : { endpoints: /^(<none>|)$/.test(endpoints) ? [] : endpoints.split(/,\s*/) }),
  };
}

/** `shop-tls terminates shop.example.org` under `TLS:`. */
function tlsOf(root: Node): Json[] {
  return (child(root, 'TLS')?.lines ?? []).flatMap((line) => {
    const match = /^(\S+) terminates ?(\S*)/.exec(line);
    return match === null ? [] : [{ secretName: match[1], hosts: (match[2] ?? '').split(',').filter(Boolean) }];
  });
}

/** The lines under `Rules:`, as they stand: the tree would part those with a colon from the others. */
function ruleLines(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => /^Rules:/.test(line));
  if (start < 0) return [];
  const end = lines.findIndex((line, index) => index > start && /^\S/.test(line));
  return lines.slice(start + 1, end < 0 ? undefined : end);
}

/** Rules of an Ingress: a line of a host alone opens one, and each line after it is a path with its backend. */
function ingressRules(lines: readonly string[]): { rules: Json[]; backends: Json[] } {
  const rules: { host?: string; http: { paths: Json[] } }[] = [];
  const backends: Json[] = [];
  for (const line of ruleLines(lines)) {
    const backend = /([a-z0-9][\w.-]*):([\w-]+)\s*\((.*)\)\s*$/.exec(line);
    const before = (backend === null ? line : line.slice(0, backend.index)).trim().split(/\s+/);
    const host = before.find((word) => !word.startsWith('/') && /[.*]/.test(word));
    const path = before.find((word) => word.startsWith('/'));
    if (/^(?:Host|----)$/.test(before[0] ?? '')) continue;
    if (host !== undefined) rules.push({ ...(host === '*' ? {} : { host }), http: { paths: [] } });
    if (backend === null) continue;
    if (rules.length === 0) rules.push({ http: { paths: [] } });
    const [, service = '', port = '', endpoints = ''] = backend;
    backends.push({ service, port, endpoints });
    rules.at(-1)?.http.paths.push({
      ...(path === undefined ? {} : { path }),
      backend: { service: { name: service, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } },
    });
  }
  return { rules, backends };
}

function ingress(root: Node, lines: readonly string[]): Details {
  const { rules, backends } = ingressRules(lines);
  const className = valueAt(root, 'Ingress Class');
  const address = child(root, 'Address');
  return {
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      tls: tlsOf(root),
      rules,
    },
    backends,
    ...(address === undefined
      ? {}
      : { status: { loadBalancer: { ingress: address.value === '' ? [] : [{ ip: address.value }] } } }),
  };
}

function node(root: Node, conditions: readonly Json[]): Details {
  const taints = child(root, 'Taints');
  const list = [
    taints?.value ?? '',
    ...(taints?.lines ?? []),
    ...(taints?.children ?? []).map((c) => `${c.key}:${c.value}`),
  ];
  const pods = child(root, 'Non-terminated Pods')?.lines.flatMap((line): Json[] => {
    const [namespace = '', name = '', ...rest] = line.split(/\s+/);
    return /^\d+[smhdy]/.test(rest.at(-1) ?? '') ? [{ namespace, name }] : [];
  });
  return {
    // Not a field of the API: describe lists the pods of the node.
    ...(pods === undefined || pods.length === 0 ? {} : { pods }),
    spec: {
      unschedulable: valueAt(root, 'Unschedulable') === 'true',
      taints: list
        .filter((text) => text !== '' && text !== '<none>')
        .map((text) => {
          const [left, effect] = text.split(/:(?=[A-Z])/);
          const [key, value] = (left ?? '').split('=');
          return { key, ...(value === undefined ? {} : { value }), effect };
        }),
    },
    status: {
      conditions,
      allocatable: pairs(child(root, 'Allocatable'), ':'),
      ...(child(root, 'Addresses') === undefined
        ? {}
        : {
            addresses: Object.entries(pairs(child(root, 'Addresses'), ':')).map(([type, address]) => ({
              type,
              address,
            })),
          }),
    },
  };
}

function claim(root: Node, conditions: readonly Json[]): Details {
  return {
    spec: {
      ...(valueAt(root, 'StorageClass') === undefined ? {} : { storageClassName: valueAt(root, 'StorageClass') }),
      ...(valueAt(root, 'Volume') === undefined ? {} : { volumeName: valueAt(root, 'Volume') }),
    },
    status: { phase: valueAt(root, 'Status'), ...(conditions.length > 0 ? { conditions } : {}) },
  };
}

function job(root: Node): Details {
  const pods = /(\d+) Active.*?\/ (\d+) Succeeded \/ (\d+) Failed/.exec(child(root, 'Pods Statuses')?.value ?? '');
  const limit = valueAt(root, 'Backoff Limit');
  const deadline = /^(\d+)s$/.exec(valueAt(root, 'Active Deadline Seconds') ?? '')?.[1];
  const completions = /^\d+$/.exec(valueAt(root, 'Completions') ?? '')?.[0];
  const spec = {
    ...(deadline === undefined ? {} : { activeDeadlineSeconds: Number(deadline) }),
    ...(completions === undefined ? {} : { completions: Number(completions) }),
  };
  return pods === null
    ? {}
    : {
        ...(Object.keys(spec).length === 0 ? {} : { spec }),
        status: { active: Number(pods[1]), succeeded: Number(pods[2]), failed: Number(pods[3]) },
        ...(limit === undefined ? {} : { backoffLimit: Number(limit) }),
      };
}

/** Secrets print `key:  7 bytes`; of ConfigMaps that were cut, the first line of each value is left. */
function data(root: Node): Details {
  const at = root.children.findIndex((entry) => entry.key === 'Data');
  const keys = root.children
    .slice(at + 1)
    .filter((entry) => !/^(BinaryData|Events)$/.test(entry.key))
    .map((entry) => [entry.key, entry.value || (entry.lines.find((line) => !/^-+$/.test(line)) ?? '')]);
  return { data: Object.fromEntries(keys) };
}

function autoscaler(root: Node, conditions: readonly Json[]): Details {
  return {
    spec: scaleTarget(valueAt(root, 'Reference')),
    status: { conditions },
    metricsText: [...(child(root, 'Metrics')?.lines ?? [])].join('; '),
  };
}

function quota(root: Node): Details {
  const hard: Record<string, string> = {};
  const used: Record<string, string> = {};
  for (const line of root.lines) {
    const [resource, usedValue, hardValue] = line.split(/\s{2,}/);
    if (resource === undefined || usedValue === undefined || hardValue === undefined) continue;
    if (!/\d/.test(hardValue)) continue;
    hard[resource] = hardValue;
    used[resource] = usedValue;
  }
  return { status: { hard, used } };
}

/** `Allowing ingress traffic:` and what follows it: `<none>` isolates, `<any>` allows everyone, else ports and peers. */
function policyRules(node: Node | undefined): Json[] | undefined {
  if (node === undefined) return undefined;
  const all = [node.value, ...node.lines, ...flatten(node).flatMap((next) => [next.value, ...next.lines, next.key])];
  if (all.some((line) => line.startsWith('<none> (Selected pods are isolated'))) return [];
  const ports = flatten(node).flatMap((next) => {
    const match = next.key === 'To Port' ? /^(\d+)\/(\w+)/.exec(next.value) : null;
    return match === null ? [] : [{ port: Number(match[1]), protocol: match[2] }];
  });
  const peers = flatten(node).flatMap((next) =>
    next.key === 'PodSelector' || next.key === 'NamespaceSelector'
      ? [{ [next.key === 'PodSelector' ? 'podSelector' : 'namespaceSelector']: { matchLabels: pairs(next) } }]
      : [],
  );
  return [{ ...(ports.length > 0 ? { ports } : {}), ...(peers.length > 0 ? { from: peers, to: peers } : {}) }];
}

function networkPolicy(root: Node): Details {
  const spec = child(root, 'Spec');
  const ingressRules = policyRules(child(spec, 'Allowing ingress traffic'));
  const egressRules = policyRules(child(spec, 'Allowing egress traffic'));
  const selector = pairs(child(spec, 'PodSelector'));
  return {
    spec: {
      podSelector: Object.keys(selector).length > 0 ? { matchLabels: selector } : {},
      policyTypes: (valueAt(spec, 'Policy Types') ?? '').split(/,\s*/).filter(Boolean),
      ...(ingressRules === undefined ? {} : { ingress: ingressRules }),
      ...(egressRules === undefined ? {} : { egress: egressRules }),
    },
  };
}

/** What a budget asks for, and how many disruptions it allows now. */
function disruptionBudget(root: Node): Details {
  const status = child(root, 'Status');
  const counts = [
    ['disruptionsAllowed', 'Allowed disruptions'],
    ['currentHealthy', 'Current'],
    ['desiredHealthy', 'Desired'],
    ['expectedPods', 'Total'],
  ].flatMap(([field = '', key = '']) => {
    const said = valueAt(status, key);
    return said === undefined || !/^\d+$/.test(said) ? [] : [[field, Number(said)] as const];
  });
  const selector = pairs(child(root, 'Selector'));
  return {
    spec: {
      minAvailable: valueAt(root, 'Min available'),
      maxUnavailable: valueAt(root, 'Max unavailable'),
      ...(Object.keys(selector).length > 0 ? { selector: { matchLabels: selector } } : {}),
    },
    status: Object.fromEntries(counts),
  };
}

/** What a kind prints beyond the fields common to all. */
export function detailsOf(
  kind: string,
  root: Node,
  lines: readonly string[],
  conditions: readonly Json[] = [],
): Details {
  switch (kind) {
    case 'Service':
      return service(root);
    case 'Ingress':
      return ingress(root, lines);
    case 'Node':
      return node(root, conditions);
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
      return claim(root, conditions);
    case 'Job':
      return job(root);
    case 'ConfigMap': {
      const whole = describedData(lines);
      return Object.keys(whole).length > 0 ? { data: whole } : data(root);
    }
    case 'Secret':
      return data(root);
    case 'HorizontalPodAutoscaler':
      return autoscaler(root, conditions);
    case 'ResourceQuota':
      return quota(root);
    case 'NetworkPolicy':
      return networkPolicy(root);
    case 'PodDisruptionBudget':
      return disruptionBudget(root);
    case 'Namespace':
      return { status: { phase: valueAt(root, 'Status') ?? 'Active' } };
    default:
      return conditions.length > 0 ? { status: { conditions } } : {};
  }
}
