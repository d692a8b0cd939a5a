import { equalJson, isObject, type Json, type JsonObject, valueAt } from '../../../src/manifest/json.ts';
import { applyEdits, type Edit, type Path, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { type Container, containersOf, type FixContext, type Fixer, type Question } from './fixer.ts';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

const HANDLERS = ['httpGet', 'tcpSocket', 'grpc', 'exec'] as const;

/** Whether a probe says how the container is asked: one that only has its times is none. */
const checks = (probe: Json | undefined): boolean =>
  probe !== undefined && !(isObject(probe) && HANDLERS.every((handler) => probe[handler] === undefined));

function choicesFor({ json }: Container, probe: string): { value: JsonObject; source: string }[] {
  const found: { value: JsonObject; source: string }[] = [];
  for (const other of PROBES) {
    const value = json[other];
    if (other !== probe && isObject(value)) found.push({ value, source: `its own ${other}` });
  }
  for (const port of Array.isArray(json.ports) ? json.ports : []) {
    if (!isObject(port) || typeof port.containerPort !== 'number' || port.protocol === 'UDP') continue;
    const name = typeof port.name === 'string' ? port.name : port.containerPort;
    // Where both probes are asked for, the one that kills is the more patient: some policies want them to differ.
    const patience = probe === 'livenessProbe' && !checks(json.readinessProbe) ? { failureThreshold: 6 } : {};
    found.push({
      value: { tcpSocket: { port: name }, periodSeconds: 10, ...patience },
      source: `the port ${name} it declares; says only that something listens`,
    });
  }
  return found;
}

/** What the violated policies say themselves of a probe at a path, as edits of `{ probe }`. */
function saidOf(context: FixContext, path: Path): Edit[] {
  return statedWishes(context).flatMap(({ wish }): Edit[] => {
    if (wish.kind !== 'edit' || wish.edit.op !== 'set' || wish.edit.path.length <= path.length) return [];
    if (!path.every((key, at) => wish.edit.path[at] === key)) return [];
    return [set(['probe', ...wish.edit.path.slice(path.length)], wish.edit.value)];
  });
}

/** A probe with what the policies say of it; a handler that they name takes the place of the other, on the same port. */
function overlaid(probe: JsonObject, said: readonly Edit[]): Json {
  if (said.length === 0) return probe;
  const handler = HANDLERS.find((name) => said.some(({ path }) => path[1] === name));
  const port = HANDLERS.map((name) => valueAt(probe, [name, 'port'])).find((value) => value !== undefined);
  const rest = Object.fromEntries(
    Object.entries(probe).filter(([key]) => !(HANDLERS as readonly string[]).includes(key)),
  );
  const base =
    handler === undefined || probe[handler] !== undefined
      ? probe
      : { [handler]: handler === 'exec' || port === undefined ? {} : { port }, ...rest };
  return applyEdits({ probe: base }, said).probe ?? probe;
}

/**
 * How two equal probes may differ. A container that is not ready is left alone for a while, one that is not alive is killed:
 * Kubernetes' documentation has the same endpoint for both, with a higher `failureThreshold` of the liveness probe.
 */
function apart({ path, name, json }: Container): Question[] {
  const { livenessProbe: alive, readinessProbe: ready } = json;
  if (!isObject(alive) || !isObject(ready) || !equalJson(alive, ready)) return [];
  const at = [...path, 'livenessProbe'];
  const failures = 2 * (typeof alive.failureThreshold === 'number' ? alive.failureThreshold : 3);
  const port = HANDLERS.map((handler) => valueAt(alive, [handler, 'port'])).find((value) => value !== undefined);
  const patient = {
    value: failures,
    source: 'the same check, which may fail twice as often before the container is restarted',
    edits: [set([...at, 'failureThreshold'], failures)],
  };
  const rest = Object.entries(alive).filter(([key]) => !(HANDLERS as readonly string[]).includes(key));
  const listens: Json = { tcpSocket: { port: port ?? 1 }, ...Object.fromEntries(rest) };
  const plain = { value: listens, source: 'its port; says only that something listens', edits: [set(at, listens)] };
  return [
    {
      question: `How does one see that container ${name} is dead, other than that it is not ready?`,
      path: at,
      about: ['livenessprobe', 'readinessprobe'],
      whole: true,
      trial: [set(at, { ...listens, failureThreshold: failures })],
      choices: port === undefined || isObject(alive.tcpSocket) ? [patient] : [patient, plain],
    },
  ];
}

/** How else a container is asked, where a policy names another way than the one that stands there. */
function otherwise({ policies }: FixContext, { path, name, json }: Container): Question[] {
  return PROBES.flatMap((probe): Question[] => {
    const stands = json[probe];
    const now = isObject(stands) ? HANDLERS.find((handler) => stands[handler] !== undefined) : undefined;
    const named = HANDLERS.filter(
      (handler) => handler !== now && policies.some(({ words }) => words.includes(handler.toLowerCase())),
    );
    const [handler] = named;
    if (!isObject(stands) || now === undefined || handler === undefined) return [];
    const rest = Object.entries(stands).filter(([key]) => key !== now);
    const by = (way: string, value: Json): Edit[] => [
      set([...path, probe], { [way]: value, ...Object.fromEntries(rest) }),
    ];
    const others = PROBES.flatMap((other) =>
      named.flatMap((way) => {
        const value = other === probe ? undefined : valueAt(json, [other, way]);
        const edits = value === undefined ? [] : by(way, value);
        return edits[0]?.op === 'set' ? [{ value: edits[0].value, source: `its own ${other}`, edits }] : [];
      }),
    );
    const standIn = handler === 'exec' ? { command: ['opsline'] } : { port: valueAt(stands, [now, 'port']) ?? 1 };
    return [
      {
        question: `How does container ${name} answer ${named.join(' or ')} (${probe}), which asks by ${now}?`,
        path: [...path, probe],
        about: [probe.toLowerCase()],
        trial: by(handler, standIn),
        choices: others,
      },
    ];
  });
}

/** Probes: what tells that a program is well, only its owner knows. */
export const probes: Fixer = {
  name: 'probes',
  propose: () => [],
  ask(context) {
    return containersOf(context.object)
      .filter(({ init, json }) => !init || json.restartPolicy === 'Always')
      .flatMap((container) => [
        ...apart(container),
        ...otherwise(context, container),
        ...PROBES.filter((probe) => !checks(container.json[probe])).map((probe) => {
          const path = [...container.path, probe];
          const stands = container.json[probe];
          const within = (value: JsonObject): JsonObject => (isObject(stands) ? { ...value, ...stands } : value);
          const said = saidOf(context, path);
          return {
            question: `How does one see that container ${container.name} is ${probe === 'readinessProbe' ? 'ready' : probe === 'livenessProbe' ? 'alive' : 'started'} (${probe})?`,
            path,
            about: [probe.toLowerCase(), probe.replace('Probe', ' probe').toLowerCase()],
            // Each its own path: a policy may want probes that differ.
            trial: [set(path, overlaid(within({ httpGet: { path: `/${probe}`, port: 1 }, periodSeconds: 10 }), said))],
            choices: choicesFor(container, probe).map((choice) => ({
              value: overlaid(within(choice.value), said),
              source:
                said.length > 0 ? `${choice.source.split(';')[0]}; the rest is what the policy asks` : choice.source,
              edits: [set(path, overlaid(within(choice.value), said))],
            })),
          };
        }),
      ]);
  },
};
