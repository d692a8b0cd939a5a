import { command } from '../../../../src/evidence/commands/shell.ts';
import { PROGRAM } from '../../../../src/evidence/program-name.ts';
import type { View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';

/** What Docker's and Podman's engines say of a port of the host that a container is to publish, and that somebody has. */
const TAKEN =
  /(?:^(?:docker: )?Error response from daemon:|^Error: ).{0,600}?(?:Bind for \S*:(\d{2,5}) failed: port is already allocated|failed to bind host port (?:for )?\S*?:(\d{2,5})(?::\S*)?\/(?:tcp|udp)\S*:? address already in use|listen (?:tcp|udp)[46]? \S*:(\d{2,5}): bind: address already in use|exposing port \S* \S*:(\d{2,5})\S*:? .{0,80}address already in use)/;
const ENDPOINT = /\bon endpoint (\S+)/;
/** The name that compose gives a container: of its project, its service and a number. */
const COMPOSED = /^[a-z0-9]+[-_](.+)[-_]\d+$/;

/** Containers that an engine does not start, because a port of the host is taken. */
export function publishedPorts(view: View): Draft[] {
  return view.messages.flatMap((message): Draft[] => {
    const taken = message.origin === 'output' ? TAKEN.exec(message.text) : null;
    const port = taken?.slice(1).find((part) => part !== undefined);
    if (port === undefined) return [];
    const container = ENDPOINT.exec(message.text)?.[1];
    const service = container === undefined ? undefined : (COMPOSED.exec(container)?.[1] ?? container);
    const object =
      service === undefined ? { kind: 'Output', name: message.item.source.name } : { kind: PROGRAM, name: service };
    return [
      {
        object,
        summary: `${service === undefined ? 'A container' : `${PROGRAM} ${service}`} cannot start: port ${port} of the host, which it publishes, is already in use`,
        confidence: 0.95,
        severity: 'failed',
        citations: [message.cite()],
        involves: [],
        remedies: [
          look('See which container publishes it', command('docker', 'ps', '--filter', `publish=${port}`)),
          change(`Stop what holds port ${port}, or publish another port of the host`),
        ],
      },
    ];
  });
}
