/** What a difference is about, as far as a failure's kind asks for it. */
export type Field =
  | 'image'
  | 'env'
  | 'resources'
  | 'command'
  | 'probe'
  | 'port'
  | 'replicas'
  | 'selector'
  | 'label'
  | 'data'
  | 'volume'
  | 'scheduling'
  | 'security'
  | 'object'
  | 'other';

/** Paths, most telling first. */
const FIELDS: readonly (readonly [RegExp, Field])[] = [
  [/(?:^|\.)(?:stringData|data|binaryData)(?:\.|$)/, 'data'],
  [/\benv(?:From)?(?:\[|\.|$)/i, 'env'],
  [/Probe\b|probes?\./, 'probe'],
  [/\bimage(?:PullSecrets|PullPolicy)?\b|\bimage\.|\btag$/i, 'image'],
  [/\bresources\b|\bhard\.|\blimits\b|\brequests\b/, 'resources'],
  [/\b(?:command|args|entrypoint)\b/, 'command'],
  [/\b(?:selector|matchLabels|podSelector)\b/, 'selector'],
  [/\b(?:ports?|targetPort|containerPort|servicePort|protocol)\b/, 'port'],
  [/\b(?:replicas|replicaCount|minReplicas|maxReplicas|count)$/, 'replicas'],
  [/\blabels\b/, 'label'],
  [/\b(?:volumes?|volumeMounts|volumeClaimTemplates|storageClassName|accessModes|persistence)\b/, 'volume'],
  [
    /\b(?:nodeSelector|nodeName|affinity|tolerations|topologySpreadConstraints|priorityClassName|schedulerName)\b/,
    'scheduling',
  ],
  [/\b(?:securityContext|serviceAccount(?:Name)?|rules|roleRef|subjects)\b/, 'security'],
];

export function fieldOf(path: string): Field {
  return FIELDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

const PROBES: Readonly<Record<string, string>> = {
  readinessProbe: 'readiness probe',
  livenessProbe: 'liveness probe',
  startupProbe: 'startup probe',
};

/** How people call a place in an object, and the key it holds: `memory limit`, `env REDIS_HOST`, `readiness probe path`. */
export function nameOf(path: string): { name: string; key?: string } {
  const env = /(?:^|\.)env\[([^\]]+)\]$/.exec(path);
  if (env?.[1] !== undefined) return { name: `env ${env[1]}`, key: env[1] };
  const data = /^(?:stringData|data|binaryData)\.(.+)$/.exec(path);
  if (data?.[1] !== undefined) return { name: `key ${data[1]}`, key: data[1] };
  const container = /(?:^|\.)(?:init)?[cC]ontainers\[([^\]]+)\]$/.exec(path);
  if (container?.[1] !== undefined) return { name: `container ${container[1]}` };
  const amount = /\.(limits|requests)\.(?:([\w./-]+))$/.exec(path);
  if (amount !== null && /\bresources\b/.test(path))
    return { name: `${amount[2] === 'cpu' ? 'CPU' : amount[2]} ${amount[1] === 'limits' ? 'limit' : 'request'}` };
  const probe = /\b(readinessProbe|livenessProbe|startupProbe)(?:\.(?:httpGet|tcpSocket|grpc|exec))?(?:\.(.+))?$/.exec(
    path,
  );
  if (probe !== null) return { name: `${PROBES[probe[1] ?? '']}${probe[2] === undefined ? '' : ` ${probe[2]}`}` };
  const selector = /\b(?:selector|matchLabels|podSelector)(?:\.matchLabels)?\.([^.]+(?:[./][^.]+)*)$/.exec(path);
  if (selector?.[1] !== undefined) return { name: `selector ${selector[1].replace(/^matchLabels\./, '')}` };
  const label = /\blabels\.(.+)$/.exec(path);
  if (label?.[1] !== undefined) return { name: `label ${label[1]}` };
  const port = /(?:^|\.)ports\[([^\]]+)\](?:\.(\w+))?$/.exec(path);
  if (port !== null) {
    const what = { targetPort: 'target port', containerPort: 'container port', nodePort: 'node port' }[port[2] ?? ''];
    return { name: port[2] === undefined ? `port ${port[1]}` : `${what ?? port[2]} of port ${port[1]}` };
  }
  if (/\.image$/.test(path) && /ontainers\[/.test(path)) return { name: 'image' };
  if (/^spec\.(?:replicas|template\.replicas)$/.test(path)) return { name: 'replicas' };
  if (path.startsWith('values.')) return { name: `value ${path.slice('values.'.length)}` };
  const short = path.replace(/^.*\b(?:[cC]ontainers\[[^\]]+\]|template\.spec)\./, '');
  return { name: short };
}
