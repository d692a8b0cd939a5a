import { asArray, asObject, at, isObject, type Json, number, text } from '../../json.ts';
import { CONTAINER } from '../kinds.ts';

const INSPECT = /^(?:docker|podman|nerdctl)(?: container)? inspect\b/;

/** The container that such a command names: its first word that is neither a flag nor a flag's value. */
function nameIn(command: string): string | undefined {
  const words = command
    .replace(INSPECT, '')
    .split(/\s\|/)[0]
    ?.replaceAll(/(?:--format|-f|--type)[ =](?:'[^']*'|"[^"]*"|\S+)/g, ' ');
  return words?.split(/\s+/).find((word) => /^[A-Za-z0-9][\w.-]*$/.test(word));
}

/** A container in the fields of a pod that has no other, by its `State` as Docker's API gives it. */
function containerOf(name: string, state: Json, restarts: number): Json {
  const ended = {
    exitCode: number(state.ExitCode) ?? 0,
    reason: state.OOMKilled === true ? 'OOMKilled' : number(state.ExitCode) === 0 ? 'Completed' : 'Error',
    message: text(state.Error) ?? '',
    startedAt: text(state.StartedAt) ?? '',
    finishedAt: text(state.FinishedAt) ?? '',
  };
  const how = text(state.Status);
  const health = text(at(state, 'Health', 'Status'));
  const shown =
    how === 'running'
      ? { ready: health === undefined || health === 'healthy', state: { running: {} } }
      : how === 'restarting'
        ? { ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ended } }
        : { ready: false, state: { terminated: ended } };
  const phase = how === 'running' || how === 'restarting' ? 'Running' : ended.exitCode === 0 ? 'Succeeded' : 'Failed';
  return {
    kind: CONTAINER,
    metadata: { name },
    status: { phase, containerStatuses: [{ name, restartCount: restarts, ...shown }] },
  };
}

/** The containers that `docker inspect` (also Podman's and nerdctl's) shows: whole, or by their state alone (`--format '{{json .State}}'`). */
export function parseDockerInspect(source: string, command = ''): Json[] {
  if (!INSPECT.test(command) || !/"(?:OOMKilled|ExitCode)"/.test(source)) return [];
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return [];
  }
  const all = Array.isArray(value) ? asArray(value) : [value];
  return all.flatMap((one): Json[] => {
    if (!isObject(one)) return [];
    const state = 'State' in one ? asObject(one.State) : one;
    const name = text(one.Name)?.replace(/^\//, '') ?? nameIn(command);
    return name === undefined || text(state.Status) === undefined
      ? []
      : [containerOf(name, state, number(one.RestartCount) ?? 0)];
  });
}
