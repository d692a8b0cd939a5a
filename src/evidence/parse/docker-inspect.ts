import { asArray, asObject, at, isObject, type Json, number, text } from '../../json.ts';
import { CONTAINER } from '../kinds.ts';
import { parseDockerPs } from './docker-ps.ts';

/** Whether a text may be what `docker inspect` (also Podman's and nerdctl's) prints of containers. */
const LOOKS = /^\s*\[\s*\{/;
const STATE = /"State"\s*:\s*\{/;

/** A time as engines write it; the year 1 stands for none. */
const moment = (value: unknown): string | undefined => {
  const said = text(value);
  return said === undefined || said.startsWith('0001-') ? undefined : said;
};

/** The state of a container in the words of the kubelet: what it is in, and how its last run ended. */
function statusOf({ State, RestartCount }: Json): Json {
  const state = asObject(State);
  const startedAt = moment(state.StartedAt);
  const started = startedAt === undefined ? {} : { startedAt };
  const finishedAt = moment(state.FinishedAt);
  const exitCode = number(state.ExitCode) ?? 0;
  const message = text(state.Error);
  const reason = state.OOMKilled === true ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  const ended = {
    exitCode,
    reason,
    ...started,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(message === undefined || message === '' ? {} : { message }),
  };
  const restartCount = number(RestartCount) ?? 0;
  if (state.Restarting === true)
    return {
      ready: false,
      restartCount,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: ended },
    };
  if (state.Running === true) {
    const health = text(at(state, 'Health', 'Status'));
    return {
      ready: !/^(?:unhealthy|starting)$/.test(health ?? '') && state.Paused !== true,
      restartCount,
      state: { running: started },
    };
  }
  return { ready: false, restartCount, state: { terminated: ended } };
}

/** `PORT=80` of the environment. */
function variables(env: unknown): Json[] {
  return asArray(env).flatMap((pair): Json[] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text(pair) ?? '') ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
}

function containerOf(one: Json): Json | undefined {
  const name = (text(one.Name) ?? '').replace(/^\//, '');
  const state = asObject(one.State);
  if (name === '' || typeof state.Running !== 'boolean' || text(state.Status) === 'created') return undefined;
  const image = text(at(one, 'Config', 'Image')) ?? text(one.ImageName) ?? '';
  const memory = number(at(one, 'HostConfig', 'Memory')) ?? 0;
  const status = statusOf(one);
  const ended = at(status, 'state', 'terminated', 'exitCode');
  return {
    kind: CONTAINER,
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name,
          image,
          env: variables(at(one, 'Config', 'Env')),
          ...(memory > 0 ? { resources: { limits: { memory: `${Math.round(memory / 2 ** 20)}Mi` } } } : {}),
        },
      ],
    },
    status: {
      phase: ended === undefined ? 'Running' : ended === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name, image, ...status }],
    },
  };
}

/** The containers that `docker inspect` shows, with the fields of a pod that has no other. Empty for any other text. */
export function parseDockerInspect(source: string): Json[] {
  if (!LOOKS.test(source) || !STATE.test(source)) return [];
  try {
    return asArray(JSON.parse(source)).flatMap((one): Json[] => (isObject(one) ? [containerOf(one) ?? []].flat() : []));
  } catch {
    return [];
  }
}

/** The containers that a list or a closer look of an engine shows, each with its line where it has one, and whether it is only a row. */
export function engineContainers(lines: readonly string[], source: string) {
  const rows = parseDockerPs(lines).map(({ object, index }) => ({ object, index, partial: true }));
  return [...rows, ...parseDockerInspect(source).map((object) => ({ object, index: undefined, partial: false }))];
}
