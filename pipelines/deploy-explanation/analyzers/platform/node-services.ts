import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { cite, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podsOn } from '../running/node-not-ready.ts';
import { stoppedUnits } from './units.ts';

/** A service of the node's own system: what `systemctl status` calls it, and what the node's Ready condition says of it. */
interface NodeService {
  readonly kind: string;
  readonly title: string;
  readonly unit: RegExp;
  readonly condition: RegExp;
  readonly effect: string;
}

const SERVICES: readonly NodeService[] = [
  {
    kind: 'kubelet-down',
    title: 'The kubelet of a node does not run',
    unit: /^kubelet$/,
    condition: /(?!)/,
    effect: 'its node becomes NotReady and starts nothing',
  },
  {
    kind: 'container-runtime-down',
    title: 'The container runtime of a node does not run',
    unit: /^(?:containerd|crio|cri-o|docker|cri-docker)$/,
    condition:
      /container runtime is down|failed to connect to .{0,80}(?:containerd|crio|docker)\.sock|PLEG is not healthy/i,
    effect: 'the kubelet can start no container',
  },
  {
    kind: 'network-plugin-not-ready',
    title: 'The network of a node is not set up',
    unit: /^(?:flanneld|calico-node|cilium)$/,
    condition: /NetworkReady=false|cni (?:plugin|config) (?:not initialized|uninitialized)|NetworkPluginNotReady/i,
    effect: 'pods on the node get no address',
  },
];

function unready(view: View): ObjectRef[] {
  return view.scene.objects
    .filter(
      ({ ref, object }) =>
        ref.kind === 'Node' &&
        objects(at(object, 'status', 'conditions')).some((c) => c.type === 'Ready' && c.status !== 'True'),
    )
    .map(({ ref }) => ref);
}

function analyzer({ kind, title, unit, condition, effect }: NodeService): Analyzer {
  return {
    kind,
    stage: 'running',
    depth: DEPTH.platform - 1,
    title,
    about: `\`systemctl status\` shows the service as not running, or the node's Ready condition says so; ${effect}.`,
    remedy: 'Start the service on the node and read its journal for why it ended.',
    find: (view) => {
      const nodes = unready(view);
      const only = nodes.length === 1 ? nodes[0] : undefined;
      const bySystem = stoppedUnits(view)
        .filter((one) => unit.test(one.unit))
        .map((one): Draft => {
          // A kubelet calls its node after the machine, unless it is told otherwise.
          const own = kind === 'kubelet-down' && one.host !== undefined ? { kind: 'Node', name: one.host } : undefined;
          const node = one.node ?? only ?? own;
          return {
            object: node ?? { kind: 'SystemService', name: one.unit },
            summary: `${title}: \`systemctl\` says that ${one.unit}${node === undefined ? '' : ` of node ${node.name}`} is ${one.state}, so ${effect}${one.said === undefined ? '' : `; its journal says \`${one.said}\``}`,
            confidence: 0.96,
            severity: 'failed',
            citations: one.citations,
            involves: node === undefined ? nodes : [node, ...podsOn(view, node.name)],
            remedies: [
              look('Read its journal on the node', command('journalctl', '-u', operand(one.unit), '--since', '-1h')),
              change('Start it on the node', 'medium', command('systemctl', 'start', operand(one.unit))),
            ],
          };
        });
      const byCondition = view.scene.objects.flatMap((node): Draft[] => {
        if (node.ref.kind !== 'Node') return [];
        const ready = objects(at(node.object, 'status', 'conditions')).find((c) => c.type === 'Ready');
        const said = text(ready?.message) ?? '';
        if (ready?.status === 'True' || !condition.test(said)) return [];
        return [
          {
            object: node.ref,
            summary: `Node ${node.ref.name}: ${said.slice(0, 200)}, so ${effect}`,
            confidence: 0.94,
            severity: 'failed',
            citations: [cite(node, said.slice(0, 30))],
            involves: podsOn(view, node.ref.name),
            remedies: [look('See what the node says', describe(node.ref))],
          },
        ];
      });
      return [...bySystem, ...byCondition];
    },
  };
}

export const nodeServices: readonly Analyzer[] = SERVICES.map(analyzer);
