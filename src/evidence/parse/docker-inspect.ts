import { at, isObject, type Json, number, objects, text } from '../../json.ts';
import { CONTAINER } from '../kinds.ts';
import { type ListedContainer, parseDockerPs } from './docker-ps.ts';

/** What the engine writes for a time that has not come. */
const NEVER = /^0001-/;

function moment(value: unknown): string | undefined {
  const time = text(value);
  return time === undefined || time === '' || NEVER.test(time) ? undefined : time;
}

/** How the run of a container ended. The engine says of its own whether the kernel killed it for memory. */
function endOf(state: Json): Json {
  const exitCode = number(state.ExitCode) ?? 0;
  const error = text(state.Error) ?? '';
  const [startedAt, finishedAt] = [moment(state.StartedAt), moment(state.FinishedAt)];
  return {
    exitCode,
    reason: state.OOMKilled === true ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
    ...(error === '' ? {} : { message: error }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

/** The state as the kubelet would write it, with the phase of a pod that has no other container. */
function stateOf(
  state: Json,
): { readonly phase: string; readonly status: Json; readonly conditions?: Json[] } | undefined {
  const startedAt = moment(state.StartedAt);
  switch (state.Status) {
    case 'running':
    case 'paused': {
      const health = text(at(state, 'Health', 'Status')) ?? 'none';
      const running = startedAt === undefined ? {} : { startedAt };
      const ready = state.Status === 'running' && /^(?:healthy|none)$/.test(health);
      const last = objects(at(state, 'Health', 'Log')).at(-1);
      const conditions =
        health === 'unhealthy'
          ? [
              {
                type: 'Ready',
                status: 'False',
                reason: 'Unhealthy',
                message: `Readiness probe failed: ${text(last?.Output)?.trim() ?? ''}`,
              },
            ]
          : [];
      return { phase: 'Running', status: { ready, state: { running } }, conditions };
    }
    case 'restarting':
      return {
        phase: 'Running',
        status: {
          ready: false,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: endOf(state) },
        },
      };
    case 'exited':
    case 'dead': {
      const terminated = endOf(state);
      const phase = terminated.exitCode === 0 && terminated.reason === 'Completed' ? 'Succeeded' : 'Failed';
      return { phase, status: { ready: false, state: { terminated } } };
    }
    default:
      return undefined;
  }
}

/** `KEY=value` of the container's environment. */
function variables(list: unknown): Json[] {
  return (Array.isArray(list) ? list : []).flatMap((entry) => {
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(String(entry)) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
}

const MI = 1024 * 1024;

/** Bytes as people set them: `192Mi`. */
const amountOf = (bytes: number): string => (bytes % MI === 0 ? `${bytes / MI}Mi` : String(bytes));

const INSPECT = /^(?:docker|podman|nerdctl)(?: container)? inspect\b/;

/** The container that such a command names: its first word that is neither a flag nor a flag's value. */
function nameIn(command: string): string | undefined {
  const words = command
    .replace(INSPECT, '')
    .split(/\s\|/)[0]
    ?.replaceAll(/(?:--format|-f|--type)[ =](?:'[^']*'|"[^"]*"|\S+)/g, ' ');
  return words?.split(/\s+/).find((word) => /^[A-Za-z0-9][\w.-]*$/.test(word));
}

/** `shown`: all of a container, or its state alone (`--format '{{json .State}}'`). */
function objectOf(shown: Json, command: string): Json | undefined {
  const asked = INSPECT.test(command);
  const inspected = asked && !isObject(shown.State) && 'ExitCode' in shown ? { State: shown } : shown;
  const state = isObject(inspected.State) ? stateOf(inspected.State) : undefined;
  const name = text(inspected.Name)?.replace(/^\//, '') ?? (asked ? nameIn(command) : undefined) ?? '';
  const image = text(at(inspected, 'Config', 'Image')) ?? text(inspected.ImageName) ?? '';
  if (state === undefined || name === '') return undefined;
  const memory = number(at(inspected, 'HostConfig', 'Memory')) ?? 0;
  const limits = memory > 0 ? { resources: { limits: { memory: amountOf(memory) } } } : {};
  const env = variables(at(inspected, 'Config', 'Env'));
  return {
    kind: CONTAINER,
    metadata: { name },
    spec: { restartPolicy: 'Never', containers: [{ name, image, env, ...limits }] },
    status: {
      phase: state.phase,
      conditions: state.conditions ?? [],
      containerStatuses: [{ name, image, restartCount: number(inspected.RestartCount) ?? 0, ...state.status }],
    },
  };
}

/** Containers as `docker inspect` (also Podman's and nerdctl's) writes them. Empty for any other text. */
function inspectedIn(source: string, command: string): ListedContainer[] {
  const whole = source.includes('"State"') && source.includes('"HostConfig"');
  if (!/^\s*[[{]/.test(source) || !(whole || INSPECT.test(command))) return [];
  try {
    const value: unknown = JSON.parse(source);
    return objects(Array.isArray(value) ? value : [value]).flatMap((one) => {
      const object = objectOf(one, command);
      return object === undefined ? [] : [{ object }];
    });
  } catch {
    return [];
  }
}

/** Containers of an engine without Kubernetes: as its lists show them, or as it writes one out. */
export function engineContainers(lines: readonly string[], source: string, command = ''): ListedContainer[] {
  const listed = parseDockerPs(lines, command);
  return listed.length > 0 ? listed : inspectedIn(source, command);
}
