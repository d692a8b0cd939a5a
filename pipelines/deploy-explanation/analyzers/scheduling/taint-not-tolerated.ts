import { command } from '../../../../src/evidence/commands/shell.ts';
import { untolerated } from '../../../../src/evidence/placement.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { asObject, at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import {
  excluded,
  labelledFor,
  nodeSelectorOf,
  schedulingAnalyzer,
  someNodeFits,
  wholePod,
  workersOf,
} from './scheduling.ts';

/** The taint that a clause names. */
function saidIn(match: RegExpExecArray): string {
  return (match[1] ?? match[2] ?? match[3] ?? '').trim().replace(/:$/, '');
}

/** The taint as a node of the evidence has it that carries what the pod asks for, else as the scheduler names it. */
function taintsOf(match: RegExpExecArray, pod: PodView, view: View): string {
  const said = saidIn(match);
  const carried = labelledFor(pod, view).flatMap(({ object }) => untolerated(object, pod.source.object));
  const key = said.split(/[:=]/)[0];
  const taint = carried.find((one) => text(one.key) === key) ?? carried[0];
  if (taint === undefined) return said === '' ? 'taints' : `taint \`${said}\``;
  return `taint \`${text(taint.key)}${taint.value === undefined ? '' : `=${text(taint.value)}`}:${text(taint.effect)}\``;
}

/**
 * Whether the taint keeps the nodes for what the pod selects or requests: `nvidia.com/gpu` and `accelerator=nvidia-l4` share a
 * word, and so do `scalesetpriority: spot` and `agentpool=spotd8`.
 */
function guardsWhatIsAsked(taint: string, pod: PodView, view: View): boolean {
  const words = (source: string) =>
    source
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word.length > 2 && !/^(?:node|com|kubernetes|true)$/.test(word));
  const devices = objects(at(pod.source.object, 'spec', 'containers'))
    .flatMap((container) => Object.keys(asObject(at(container, 'resources', 'limits'))))
    .filter((resource) => resource.includes('/'));
  const selected = Object.entries(nodeSelectorOf(pod, view)).map(([key, value]) => `${key} ${value}`);
  const asked = words([...selected, ...devices].join(' '));
  return words(taint).some((word) =>
    asked.some((one) => one === word || (word.length > 3 && one.replace(/\d/g, '').startsWith(word))),
  );
}

/** `1 of 5 nodes has`, where most nodes are kept from the pod by something else, as the scheduler counts them. */
function whichNodes(match: RegExpExecArray): string {
  const count = excluded(match.input, match);
  const total = Number(/0\/(\d+) nodes/.exec(match.input)?.[1] ?? count);
  return 2 * count < total ? `${count} of ${total} nodes ${count === 1 ? 'has' : 'have'}` : 'the nodes have';
}

const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)/;

/** Nodes of the control plane are kept free on purpose: where others are spoken of, what those lack is the reason. */
function isAside(taint: string, message: string, pod: PodView, view: View): boolean {
  if (!CONTROL_PLANE.test(taint)) return false;
  return someNodeFits(message) || Object.keys(nodeSelectorOf(pod, view)).length > 0;
}

export const taintNotTolerated = schedulingAnalyzer({
  kind: 'taint-not-tolerated',
  title: 'The pod does not tolerate the taints of the nodes',
  about: 'Nodes carry a taint for which the pod has no toleration.',
  remedy: 'Add a toleration, or remove the taint.',
  clause:
    /had (?:untolerated taint(?:\(s\))?(?: \{(?!node\.kubernetes\.io\/(?:not-ready|unreachable|unschedulable))([^}]+)\}|(?! \{))|taint \{([^}]+)\}, that the pod didn't tolerate|taints that the pod didn't tolerate)|did not tolerate (?:taint )?\(?(?:taint=)?([^;,)]+)/,
  confidence: 0.92,
  field: 'tolerations',
  unsaid: (pod, view) => {
    const nodes = workersOf(view);
    const [taint] = nodes.flatMap(({ object }) => untolerated(object, wholePod(pod, view)));
    if (taint === undefined || !nodes.every(({ object }) => untolerated(object, wholePod(pod, view)).length > 0))
      return undefined;
    return { says: `it does not tolerate the taint \`${text(taint.key)}\` of all nodes`, shown: /Pending/, nodes };
  },
  least: (match) => CONTROL_PLANE.test(saidIn(match)),
  favour: (match, pod, message, view) => {
    const taint = saidIn(match);
    if (isAside(taint, message, pod, view)) return -0.3;
    return guardsWhatIsAsked(taint, pod, view) ? 0.12 : 0;
  },
  // Other nodes keep it out, too, but where one that has the labels asked for lets it in, that is not what is wrong.
  applies: (pod, message, view) => {
    const nodes = labelledFor(pod, view);
    return (
      (nodes.length === 0 ||
        nodes.every(
          // A row of a table does not show taints.
          ({ object, sightings }) =>
            sightings.every(({ partial }) => partial) || untolerated(object, pod.source.object).length > 0,
        )) &&
      (!/untolerated taint \{node\.kubernetes\.io\/(?:not-ready|unreachable|unschedulable)/.test(message) ||
        /untolerated taint \{(?!node\.kubernetes\.io)/.test(message))
    );
  },
  says: (match, pod, view) => `${whichNodes(match)} the ${taintsOf(match, pod, view)}, which it does not tolerate`,
  remedies: (match, pod, view) => [
    look(
      'See the taints',
      command('kubectl', 'get', 'nodes', '-o', 'custom-columns=NAME:.metadata.name,TAINTS:.spec.taints'),
    ),
    change(`Add a toleration for the ${taintsOf(match, pod, view)}, or remove the taint`, 'medium'),
  ],
});
