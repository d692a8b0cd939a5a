import { isObject, type Json } from '../../json.ts';
import { readCommand } from '../command.ts';
import { loadYaml } from './objects.ts';

/** Members that only a status has. */
const OF_STATUS =
  /^(?:containerStatuses|initContainerStatuses|conditions|phase|hostIP|podIP|podIPs|qosClass|replicas|readyReplicas|availableReplicas|updatedReplicas|unavailableReplicas|observedGeneration|loadBalancer)$/;
/** Longer output is not of what someone picked out. */
const MAX_LINES = 400;

/**
 * What `kubectl get KIND NAME -o yaml | grep -A … MEMBER` left of an object's status, as an object that has only that; undefined for other
 * commands, and where members of something else stand among them.
 */
export function pieceOfYaml(lines: readonly string[], command: string): Json | undefined {
  const { tool, verb, kind, name, namespace, output } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || output !== 'yaml' || kind === undefined || name === undefined)
    return undefined;
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const indent = /^ */.exec(first)?.[0] ?? '';
  if (!/\|\s*grep\b/.test(command) || indent === '' || lines.length > MAX_LINES) return undefined;
  const own = lines.map((line) =>
    line.startsWith(indent) ? line.slice(indent.length) : line.trim() === '' ? '' : '#',
  );
  let value: unknown;
  try {
    value = loadYaml(own.join('\n'));
  } catch {
    return undefined;
  }
  const keys = isObject(value) ? Object.keys(value) : [];
  if (keys.length === 0 || !keys.every((key) => OF_STATUS.test(key))) return undefined;
  return { kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status: value };
}
