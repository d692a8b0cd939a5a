import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { schedulingAnalyzer } from './scheduling.ts';

export const hostPortTaken = schedulingAnalyzer({
  kind: 'host-port-taken',
  title: 'The host port of the pod is taken',
  about: "The pod asks for a hostPort (or the host's network), and on every node that fits another pod has that port.",
  remedy: 'Drop hostPort or take another one; or run no more replicas than nodes.',
  clause: /(\d+ node\(s\) )?didn't have free ports for the requested pod ports/,
  confidence: 0.94,
  field: 'containers',
  says: () => 'its host port is taken on the nodes',
  remedies: () => [
    look(
      'See who has the port',
      command(
        'kubectl',
        'get',
        'pods',
        '-A',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name} {.spec.containers[*].ports[*].hostPort}{"\n"}{end}',
      ),
    ),
    change('Drop hostPort, or take another one'),
  ],
});
