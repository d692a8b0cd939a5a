import { citeText } from '../../../../src/evidence/cite.ts';
import { inOtherNamespace, type ObjectRef } from '../../../../src/evidence/model.ts';
import { slowestSpan } from '../../../../src/evidence/parse/slow-spans.ts';
import { parsed } from '../../../../src/evidence/parse/stored-logs.ts';
import { PROGRAM } from '../../../../src/evidence/program-name.ts';
import { objectivesIn, type Quantile, quantilesIn } from '../../../../src/evidence/quantiles.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { streamPod } from '../../../../src/evidence/streams.ts';
import { workloadsSeen } from '../../asked-workloads.ts';
import { named, type View } from '../../view.ts';
import { type Draft, look } from '../analyzer.ts';

/** What people who wait notice, in seconds. */
const FELT = 1;
/** So many times what it was before is no daily course. */
const RISEN = 4;

const inSeconds = (value: number): string =>
  value < 1 ? `${Math.round(value * 1000)} ms` : `${Number(value.toFixed(2))} s`;

/** What runs the program that labels name, where the only workload of that name is seen. */
function runnerOf(view: View, program: ObjectRef): ObjectRef {
  const own = workloadsSeen(view).filter(({ ref }) => ref.name === program.name && !inOtherNamespace(ref, program));
  return program.kind === PROGRAM && own[0] !== undefined && own.length === 1
    ? own[0].ref
    : workloadOf(view.scene, program);
}

/** The same by its name alone. */
export function programOf(view: View, name: string, namespace?: string): ObjectRef {
  return runnerOf(view, { kind: PROGRAM, name, ...(namespace === undefined ? {} : { namespace }) });
}

/** Traces of slow requests in which nothing failed: where their time went. One alone counts for who finds them late. */
export function slowTraces(view: View): Draft[] {
  const drafts = view.scene.items.flatMap((item): Draft[] => {
    const slow = /span/i.test(item.text) || /duration/.test(item.text) ? slowestSpan(parsed(item.text)) : undefined;
    const pod = slow === undefined ? undefined : streamPod(slow.labels).pod;
    if (slow === undefined || pod === undefined) return [];
    const object = runnerOf(view, pod);
    const asks = slow.asks === undefined ? '' : ` at \`${slow.asks}\``;
    return [
      {
        object,
        summary: `${named(object)} is slow: \`${slow.name.slice(0, 160)}\`${asks} took ${Math.round(slow.own)} ms by itself, of the ${Math.round(slow.request.took)} ms of \`${slow.request.name.slice(0, 120)}\`${slow.through.length > 1 ? ` (${slow.through.join(' → ')})` : ''}`,
        confidence: 0.72,
        severity: 'degraded',
        citations: [citeText(item, JSON.stringify(slow.name).slice(1, -1))],
        involves: [pod, ...slow.through.map((name) => programOf(view, name, object.namespace))],
        remedies: [
          look('Look at this one operation: its plan and indexes, the amount of data, locks, what it waits for'),
        ],
      },
    ];
  });
  const times = (draft: Draft) => drafts.filter(({ object }) => named(object) === named(draft.object)).length;
  return drafts.map((draft) => (times(draft) > 1 ? draft : { ...draft, onlyIfAsked: 'speed' as const }));
}

/** The middle one of values; of two in the middle the lower. */
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** Latencies that a query computed and that are above what somebody wrote down for the program, or have risen far. */
export function slowQuantiles(view: View): Draft[] {
  const all = view.scene.items.flatMap(quantilesIn);
  if (all.length === 0) return [];
  const objectives = view.scene.items.flatMap(objectivesIn);
  const drafts = all.flatMap((one): Draft[] => {
    const now = one.values.at(-1) ?? 0;
    const objective = objectives.find(({ subject }) => subject === one.subject);
    // One sample, the newest or the lowest, may be an outlier.
    const before = median(one.values.slice(0, Math.ceil(one.values.length / 2)));
    const lately = median(one.values.slice(-Math.max(2, Math.ceil(one.values.length / 4))));
    const above = objective !== undefined && now > objective.most;
    const rose =
      objective === undefined && one.values.length > 3 && now >= FELT && lately >= FELT && lately >= before * RISEN;
    const felt = objective === undefined && now >= FELT;
    if (!above && !felt) return [];
    const object = programOf(view, one.subject, one.namespace);
    return [
      {
        object,
        summary: `${named(object)} is slow: ${quantileOf(one)} of its answers take up to ${inSeconds(now)}${above ? `, and may take ${objective.said}` : rose ? `, ${inSeconds(before)} before` : ''}`,
        confidence: above ? 0.75 : rose ? 0.6 : 0.55,
        severity: 'degraded',
        // How long answers may take is told by nobody: it counts for who finds them late.
        ...(above || rose ? {} : { onlyIfAsked: 'speed' as const }),
        citations: [one.cite(), above ? objective.cite() : undefined],
        involves: [object],
        remedies: [look('Find out what its requests wait for: traces, the log of what it calls, CPU and locks')],
      },
    ];
  });
  return [...new Map(drafts.map((draft) => [named(draft.object), draft])).values()];
}

const quantileOf = ({ share }: Quantile): string => `${Number((Number(share) * 100).toFixed(2))} %`;
