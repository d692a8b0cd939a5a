import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { schedulingAnalyzer } from './scheduling.ts';

const ASPECTS = {
  'volume-in-use': 'a volume of the pod is in use by another pod, and may be by one only (ReadWriteOncePod)',
  'volume-elsewhere': 'the volume of the pod does not exist any more, or can be reached from no node that is free',
  'storage-short': 'no node has enough free local storage for the volume of the pod',
  'device-claim': 'a device that the pod claims (a ResourceClaim) is not allocated',
  gated: 'scheduling gates of the pod hold it back until a controller takes them off',
  other: 'another filter of the scheduler',
};

/** Clauses of the scheduler's filters that no kind of its own tells (Kubernetes, pkg/scheduler/framework/plugins). */
const CLAUSES: readonly (readonly [keyof typeof ASPECTS, RegExp])[] = [
  [
    'volume-in-use',
    /has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode|had no available disk/,
  ],
  [
    'volume-elsewhere',
    /unavailable due to (?:one or more pvc\(s\) bound to )?non-existent pv|had no available volume zone|conflicting pvc/i,
  ],
  ['storage-short', /did not have enough free storage/],
  [
    'device-claim',
    /cannot allocate all claims|resourceclaim|resource claim|waiting for (?:dynamic )?resource|device class \S+ does not exist/i,
  ],
  ['gated', /non-empty scheduling gates/],
];

function aspectOf(said: string): keyof typeof ASPECTS {
  return CLAUSES.find(([, pattern]) => pattern.test(said))?.[0] ?? 'other';
}

export const podUnschedulable = schedulingAnalyzer({
  kind: 'pod-unschedulable',
  title: 'No node takes the pod, for a rarer reason',
  about:
    'The scheduler names a filter that no other kind tells: a volume in use, a claim of a device, a scheduling gate.',
  remedy: 'Read what the scheduler says of each node.',
  aspects: ASPECTS,
  aspect: (match) => aspectOf(match[0]),
  clause: new RegExp(
    `\\d+ node\\(s\\) (?:${CLAUSES.map(([, { source }]) => source).join('|')})|${CLAUSES.map(([, { source }]) => source).join('|')}`,
    'i',
  ),
  confidence: 0.92,
  says: (match) => `${ASPECTS[aspectOf(match[0])]} (${quoted(match[0])})`,
  remedies: (_match, pod) => [
    look('See what the scheduler says', describe(pod.ref)),
    change('Free what the pod waits for, or correct what it asks for', 'medium'),
  ],
});
