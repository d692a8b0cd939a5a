import type { Finding } from '../schema.ts';
import type { Difference } from './describe.ts';
import type { Field } from './wording.ts';

/** Which fields can bring a kind of failure; the first line that fits the kind counts. */
const BRINGS: readonly (readonly [RegExp, readonly Field[]])[] = [
  [/^image|^registry/, ['image']],
  [/oom|heap-exhausted/, ['resources']],
  [/^insufficient|quota|limit-range|pod-preempted/, ['resources', 'replicas', 'scheduling']],
  [/-probe-/, ['probe', 'port', 'command']],
  [/^zero-replicas|^autoscaler|^disruption/, ['replicas']],
  [/^service-|^ingress/, ['selector', 'label', 'port']],
  [/^(?:node-|pod-affinity|taint-|topology)/, ['scheduling']],
  [/^(?:volume-|mount-failed|disk-full)/, ['volume']],
  [/^(?:configmap|secret|config-key|image-pull-secret)/, ['data', 'env', 'volume']],
  [/^(?:environment-variable|bad-configuration|credentials|cannot-connect|dns-failure|connections)/, ['env', 'data']],
  [/^(?:rbac|service-account|security-context|pod-security|permission)/, ['security']],
  [/^network-policy|^mesh/, ['selector', 'port', 'label']],
  [/command|exec-format|shell/, ['image', 'command']],
  [/crash|module|syntax|migration|port-in-use/, ['image', 'command', 'env', 'data']],
];

/** Everything a finding says: its words, its object's path and the lines it cites. */
export function wordsOf(root: Finding): string {
  return [root.summary, root.object.path ?? '', ...root.citations.map(({ quote }) => quote)].join(' ');
}

function standsIn(word: string | undefined, words: string): boolean {
  if (word === undefined || word.length < 3 || /^(?:true|false|null)$/.test(word)) return false;
  for (let at = words.indexOf(word); at !== -1; at = words.indexOf(word, at + 1))
    if (!/[\w]/.test(words[at - 1] ?? ' ') && !/[\w]/.test(words[at + word.length] ?? ' ')) return true;
  return false;
}

/** What of an address came or went: a host, a port. An error names where it went, seldom the whole address. */
function partsOf(before: string | undefined, after: string | undefined): string[] {
  const parts = (value: string | undefined) => (value ?? '').split(/[^\w.-]+/).filter((part) => part.length > 3);
  const [olds, news] = [parts(before), parts(after)];
  if (olds.length + news.length > 40) return [];
  return [...news.filter((part) => !olds.includes(part)), ...olds.filter((part) => !news.includes(part))];
}

/**
 * How well a difference fits the root: 0 not at all, 1 because its field can bring this kind of failure, more when its key or
 * value is what the finding speaks of. A variable needs to be spoken of; a program may fail for any of them.
 */
export function fitOf(difference: Difference, root: Finding): number {
  const words = wordsOf(root);
  const fields = BRINGS.find(([kind]) => kind.test(root.kind))?.[1] ?? [];
  const { field, key, before, after, needle, path } = difference;
  const spoken = [
    key,
    needle,
    before,
    after,
    field === 'label' || field === 'selector' ? path.split('.').at(-1) : undefined,
  ];
  // A rule speaks of a probe's `timeoutSeconds` as of its timeout; the lines it cites name all fields of the probe.
  const named = field === 'probe' && standsIn(/(\w+?)Seconds$/.exec(path)?.[1], root.summary);
  const said = named || [...spoken, ...partsOf(before, after)].some((word) => standsIn(word, words));
  // A new image comes with another program: it is said to be the cause only of what images bring.
  if (field === 'image') return fields.includes('image') ? (said ? 3 : 1) : 0;
  const probe = /(readiness|liveness|startup)Probe/.exec(path)?.[1];
  if (probe !== undefined && /-probe-/.test(root.kind) && !root.kind.startsWith(probe)) return 0;
  if (field === 'env' || field === 'data') return said ? 3 : 0;
  if (!fields.includes(field)) return said && field !== 'label' && field !== 'other' && field !== 'replicas' ? 2 : 0;
  return said ? 3 : 1;
}
