import { describe, exec } from '../../../src/evidence/commands/kubectl.ts';
import { inNamespace, labelOf, nameOf } from '../../../src/evidence/commands/names.ts';
import { type Command, command } from '../../../src/evidence/commands/shell.ts';
import type { ContainerView, PodView } from '../../../src/evidence/pods.ts';
import { asArray, at, number, objects, text } from '../../../src/json.ts';
import type { Remedy } from '../schema.ts';

function wordsOf(probe: unknown): string[] {
  return asArray(at(probe, 'exec', 'command')).map(String);
}

const FAILS = /^\s*(?:exit\s+[1-9]\d*|false)\s*;?\s*$/;

/** The command of a probe that cannot but fail, such as `sh -c 'exit 1'`; undefined for any other. */
export function alwaysFails(probe: unknown): string | undefined {
  const words = wordsOf(probe);
  const [program = '', flag = '', script] = words;
  const byShell = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh$/.test(program) && /^-\w*c$/.test(flag) && words.length === 3;
  const fails = byShell
    ? FAILS.test(script ?? '')
    : words.length === 1 && /^(?:\/(?:usr\/)?bin\/)?false$/.test(program);
  return fails ? words.join(' ') : undefined;
}

/** The number of a port that a probe gives by number or by the name that the container has for it. */
function portOf(given: unknown, container: ContainerView | undefined): number | undefined {
  const named = objects(container?.spec.ports).find(({ name }) => name !== undefined && name === text(given));
  return number(given) ?? number(named?.containerPort);
}

function asking(pod: PodView, container: ContainerView | undefined, probe: unknown): Command | undefined {
  if (at(probe, 'exec') !== undefined) return exec(pod.ref, container?.name, wordsOf(probe));
  const http = at(probe, 'httpGet');
  const port = portOf(at(http ?? at(probe, 'tcpSocket') ?? at(probe, 'grpc'), 'port'), container);
  const name = nameOf(pod.ref);
  if (port === undefined || name === undefined) return undefined;
  const space = labelOf(pod.ref.namespace);
  // The API server's proxy asks the pod's own address, as the kubelet does.
  const path = (text(at(http, 'path')) ?? '/').replace(/^(?!\/)/, '/');
  // A path that climbs would ask the API server itself.
  const climbs = /(?:^|\/)(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(path);
  if (http === undefined || climbs || text(at(http, 'host')) !== undefined || space === undefined)
    return command('kubectl', 'port-forward', `pod/${name}`, String(port), inNamespace(pod.ref));
  const scheme = /^https$/i.test(text(at(http, 'scheme')) ?? '') ? 'https:' : '';
  return command('kubectl', 'get', '--raw', `/api/v1/namespaces/${space}/pods/${scheme}${name}:${port}/proxy${path}`);
}

/** What a person does to see what the probe sees: by HTTP, by the probe's own command, or over a forwarded port. */
export function askProbe(pod: PodView, container: ContainerView | undefined, probe: unknown): Remedy {
  const made = asking(pod, container, probe);
  const read = made === undefined ? describe(pod.ref) : undefined;
  const title =
    made === undefined
      ? 'Read what the probe asks, and ask it yourself'
      : at(probe, 'exec') !== undefined
        ? "Run the probe's command yourself"
        : at(probe, 'httpGet') !== undefined && made.includes('--raw')
          ? 'Ask the probe yourself'
          : 'Reach the port that the probe asks';
  const shown = made ?? read;
  return { title, risk: 'none', changes: false, ...(shown === undefined ? {} : { command: shown }) };
}
