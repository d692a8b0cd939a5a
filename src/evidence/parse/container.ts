import type { Json } from '../../json.ts';
import { child, flatten, type Node, valueAt } from './tree.ts';

const PROBE_NUMBERS = [
  [/delay=(\d+)/, 'initialDelaySeconds'],
  [/timeout=(\d+)/, 'timeoutSeconds'],
  [/period=(\d+)/, 'periodSeconds'],
  [/#success=(\d+)/, 'successThreshold'],
  [/#failure=(\d+)/, 'failureThreshold'],
] as const;

/** `kubectl describe` prints a probe's words with spaces between: what a shell is given by `-c` is one word. */
function execWords(text: string): string[] {
  const shell = /^(\S*sh) (-\w*c) (.+)$/s.exec(text);
  return shell === null ? text.split(' ') : shell.slice(1);
}

/** `http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3` as a probe. */
export function parseProbe(text: string): Json {
  const probe: Record<string, unknown> = {};
  const http = /http-get (https?):\/\/([^:/\s]*):?([^/\s]*)(\/\S*)?/.exec(text);
  const tcp = /tcp-socket \S*:(\S+)/.exec(text);
  const grpc = /grpc <?pod>?:(\d+)/.exec(text);
  const exec = /exec \[(.*?)\] delay=/.exec(text);
  const port = (value: string) => (/^\d+$/.test(value) ? Number(value) : value);
  if (http)
    probe.httpGet = { scheme: (http[1] ?? 'http').toUpperCase(), port: port(http[3] ?? ''), path: http[4] ?? '/' };
  else if (tcp) probe.tcpSocket = { port: port(tcp[1] ?? '') };
  else if (grpc) probe.grpc = { port: Number(grpc[1]) };
  else if (exec) probe.exec = { command: execWords(exec[1] ?? '') };
  for (const [pattern, name] of PROBE_NUMBERS) {
    const match = pattern.exec(text);
    if (match) probe[name] = Number(match[1]);
  }
  return probe;
}

function envOf(node: Node | undefined): Json[] {
  return (node?.children ?? []).map((entry) => {
    const from = /^<set to the key '([^']*)' (?:in|of) (secret|config map) '([^']*)'>/.exec(entry.value);
    if (from === null) return { name: entry.key, value: entry.value };
    const ref = { key: from[1], name: from[3], optional: /Optional: true/.test(entry.value) };
    return { name: entry.key, valueFrom: from[2] === 'secret' ? { secretKeyRef: ref } : { configMapKeyRef: ref } };
  });
}

function envFromOf(node: Node | undefined): Json[] {
  return [...(node?.lines ?? []), ...(node?.children ?? []).map((c) => `${c.key}: ${c.value}`)].flatMap((line) => {
    const match = /^(\S+)\s+(ConfigMap|Secret)\b.*?(?:Optional: (true|false))?$/.exec(line);
    if (match === null) return [];
    const ref = { name: match[1], optional: match[3] === 'true' };
    return [match[2] === 'Secret' ? { secretRef: ref } : { configMapRef: ref }];
  });
}

const STATE_KEYS: Readonly<Record<string, string>> = {
  Reason: 'reason',
  Message: 'message',
  'Exit Code': 'exitCode',
  Signal: 'signal',
  Started: 'startedAt',
  Finished: 'finishedAt',
};

/** State and last state, read in line order: some outputs arrive with their indentation lost. */
function statesOf(container: Node): { state?: Json; lastState?: Json } {
  const out: Record<'state' | 'lastState', Record<string, unknown> | undefined> = {
    state: undefined,
    lastState: undefined,
  };
  const kinds: Record<string, string> = {};
  let current: 'state' | 'lastState' | undefined;
  for (const node of flatten(container)) {
    if (node.key === 'State' || node.key === 'Last State') {
      current = node.key === 'State' ? 'state' : 'lastState';
      kinds[current] = node.value.toLowerCase();
      out[current] = {};
    } else if (current !== undefined && STATE_KEYS[node.key] !== undefined) {
      const value = /^(Exit Code|Signal)$/.test(node.key) ? Number(node.value) : node.value;
      (out[current] as Record<string, unknown>)[STATE_KEYS[node.key] as string] = value;
    } else if (/^(Ready|Restart Count|Limits|Requests|Environment)$/.test(node.key)) current = undefined;
  }
  return {
    ...(out.state === undefined ? {} : { state: { [kinds.state || 'waiting']: out.state } }),
    ...(out.lastState === undefined ? {} : { lastState: { [kinds.lastState || 'terminated']: out.lastState } }),
  };
}

function portsOf(container: Node): Json[] {
  const text = valueAt(container, 'Ports') ?? valueAt(container, 'Port') ?? '';
  return text.split(/,\s*/).flatMap((part) => {
    const match = /^(\d+)(?:\/(\w+))?/.exec(part);
    return match === null ? [] : [{ containerPort: Number(match[1]), protocol: match[2] ?? 'TCP' }];
  });
}

function mountsOf(node: Node | undefined): Json[] {
  return (node?.lines ?? []).flatMap((line) => {
    const match = /^(\S+) from (\S+)/.exec(line);
    return match === null ? [] : [{ mountPath: match[1], name: match[2] }];
  });
}

/** The heading of a container whose name a piece of a description does not show; its name is empty then. */
export const NAMELESS = '?';

/** A container of `kubectl describe`: its spec and, where it ran, its status. */
export function parseContainer(node: Node): { spec: Json; status: Json } {
  const name = node.key === NAMELESS ? '' : node.key;
  const list = (key: string): string[] => {
    const found = child(node, key);
    if (found === undefined) return [];
    return [found.value, ...found.lines, ...found.children.map((c) => `${c.key}: ${c.value}`)].filter(
      (line) => line !== '',
    );
  };
  const resources = (key: string) =>
    Object.fromEntries((child(node, key)?.children ?? []).map((c) => [c.key, c.value]));
  const probe = (key: string) => {
    const text = valueAt(node, key);
    return text === undefined ? undefined : parseProbe(text);
  };
  const spec: Record<string, unknown> = {
    name,
    image: valueAt(node, 'Image') ?? '',
    command: list('Command'),
    args: list('Args'),
    ports: portsOf(node),
    env: envOf(child(node, 'Environment')),
    envFrom: envFromOf(child(node, 'Environment Variables from')),
    volumeMounts: mountsOf(child(node, 'Mounts')),
    resources: { limits: resources('Limits'), requests: resources('Requests') },
  };
  for (const [key, name] of [
    ['Liveness', 'livenessProbe'],
    ['Readiness', 'readinessProbe'],
    ['Startup', 'startupProbe'],
  ] as const) {
    const found = probe(key);
    if (found !== undefined) spec[name] = found;
  }
  const ready = valueAt(node, 'Ready');
  const restarts = valueAt(node, 'Restart Count');
  const status: Record<string, unknown> = { name, image: spec.image, ...statesOf(node) };
  if (ready !== undefined) status.ready = ready === 'True';
  if (restarts !== undefined) status.restartCount = Number(restarts);
  return { spec, status };
}
