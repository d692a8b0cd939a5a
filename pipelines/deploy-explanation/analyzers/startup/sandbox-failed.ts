import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { change, DEPTH, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

const ASPECTS = {
  'no-address': 'no address is free for the pod: the range of the node or subnet is used up',
  plugin: 'the network plugin cannot set the pod up',
  'runtime-class': 'the runtime of its RuntimeClass is not on the node',
  other: 'the container runtime cannot make the sandbox',
};

function aspectOf({ text }: Message): keyof typeof ASPECTS {
  if (
    /assign an IP address|no (?:more )?IP addresses|no (?:free )?addresses? available|range is full|IPAM[^\n]*exhaust|InsufficientFreeAddresses|failed to allocate for range/i.test(
      text,
    )
  )
    return 'no-address';
  if (/RuntimeHandler|runtime for "/.test(text)) return 'runtime-class';
  return /setup network|plugin type=|cni|NetworkPlugin|network for (?:pod|sandbox)/i.test(text) ? 'plugin' : 'other';
}

const TOLD = 220;

/** The end of a message, which says the most, from a whole word on. */
function endOf(text: string): string {
  if (text.length <= TOLD) return text;
  const end = text.slice(-TOLD);
  return end.slice(end.indexOf(' ') + 1);
}

export const sandboxFailed = containerAnalyzer({
  kind: 'sandbox-failed',
  title: 'The sandbox of the pod cannot be made',
  about:
    'The kubelet cannot make the pod its sandbox (FailedCreatePodSandBox): usually the network plugin fails, or has no address left.',
  remedy: 'Look at the pods of the network plugin on the node; free addresses or add a subnet where they are used up.',
  aspects: ASPECTS,
  aspect: (_match, message) => aspectOf(message),
  depth: DEPTH.config + 3,
  pattern:
    /[Ff]ailed to create pod sandbox: ([\s\S]{0,300})|[Ff]ailed to (?:setup|set up) network for sandbox|[Ff]ailed to create sandbox for pod/,
  confidence: 0.9,
  says: (_match, message) => `${ASPECTS[aspectOf(message)]} (${endOf(message.text)})`,
  remedies: (_match, _pod, message) => [
    look('See the network plugin on the node', command('kubectl', 'get', 'pods', '-n', 'kube-system', '-o', 'wide')),
    aspectOf(message) === 'no-address'
      ? change('Free addresses (fewer pods on the node), or give the plugin a larger range', 'medium')
      : change('Repair or restart the network plugin on that node', 'medium'),
  ],
});
