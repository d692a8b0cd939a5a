import { isObject, type Json } from '../../../src/manifest/json.ts';
import { set } from '../edits.ts';
import { type Container, containersOf, type Fixer } from './fixer.ts';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function choicesFor({ json }: Container, probe: string): { value: Json; source: string }[] {
  const found: { value: Json; source: string }[] = [];
  for (const other of PROBES) {
    const value = json[other];
    if (other !== probe && isObject(value)) found.push({ value, source: `its own ${other}` });
  }
  for (const port of Array.isArray(json.ports) ? json.ports : []) {
    if (!isObject(port) || typeof port.containerPort !== 'number' || port.protocol === 'UDP') continue;
    const name = typeof port.name === 'string' ? port.name : port.containerPort;
    found.push({
      value: { tcpSocket: { port: name }, periodSeconds: 10 },
      source: `the port ${name} it declares; says only that something listens`,
    });
  }
  return found;
}

/** Probes: what tells that a program is well, only its owner knows. */
export const probes: Fixer = {
  name: 'probes',
  propose: () => [],
  ask({ object }) {
    if (object.kind === 'Job' || object.kind === 'CronJob') return [];
    return containersOf(object)
      .filter(({ init }) => !init)
      .flatMap((container) =>
        PROBES.filter((probe) => container.json[probe] === undefined).map((probe) => ({
          question: `How does one see that container ${container.name} is ${probe === 'readinessProbe' ? 'ready' : probe === 'livenessProbe' ? 'alive' : 'started'} (${probe})?`,
          path: [...container.path, probe],
          about: [probe.toLowerCase(), probe.replace('Probe', ' probe').toLowerCase()],
          trial: [set([...container.path, probe], { httpGet: { path: '/', port: 1 }, periodSeconds: 10 })],
          choices: choicesFor(container, probe).map(({ value, source }) => ({
            value,
            source,
            edits: [set([...container.path, probe], value)],
          })),
        })),
      );
  },
};
