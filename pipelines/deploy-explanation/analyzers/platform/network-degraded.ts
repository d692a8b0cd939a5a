import { citeLines } from '../../../../src/evidence/cite.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { EvidenceItem, ObjectRef } from '../../../../src/evidence/model.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podsOn } from '../running/node-not-ready.ts';
import { ranIn } from '../startup/ran-in.ts';
import { commonEnd, connectsOf, type Ping, pingsOf } from './round-trips.ts';
import { nodeAsked } from './units.ts';

const NETEM = /qdisc netem .*?\b(?:delay|loss|corrupt|duplicate|reorder|rate)\b[^\n]*/;

/** The pod's workload, or the node, on which `tc` was asked. */
const shapedAt = (view: View, item: EvidenceItem): ObjectRef | undefined => ranIn(view, item) ?? nodeAsked(view, item);

export const networkDegraded: Analyzer = {
  kind: 'network-degraded',
  stage: 'network',
  depth: DEPTH.platform,
  title: 'The network loses or delays packets',
  about:
    '`tc` shows a netem discipline on an interface, ping loses packets, or takes far longer than it does within a cluster; or connections do.',
  remedy: 'Remove the discipline (`tc qdisc del`), or look at the link between the nodes.',
  find: (view) => {
    const shaped = view.scene.items.flatMap((item): Draft[] => {
      const lines = item.text.split('\n');
      const index = lines.findIndex((line) => NETEM.test(line));
      if (index < 0) return [];
      const what = /\b(?:delay|loss|corrupt|duplicate|reorder|rate)\b.*/.exec(lines[index] ?? '')?.[0] ?? '';
      const device = /\bdev (\S+)/.exec(`${lines[index]} ${item.command ?? ''}`)?.[1];
      const at = shapedAt(view, item);
      const where = [device === undefined ? [] : `interface ${device}`, at === undefined ? [] : named(at)].flat();
      return [
        {
          object: at ?? { kind: 'Interface', name: device ?? 'eth0' },
          summary: `Traffic control (netem) degrades the network${where.length === 0 ? '' : ` at ${where.join(' of ')}`}: ${what.slice(0, 120).replace(/\s+/g, ' ')}`,
          confidence: 0.95,
          severity:
            onlyDelays(what) && view.checks.every(({ outcome }) => outcome === 'untrusted') ? 'degraded' : 'failed',
          citations: [citeLines(item, index)],
          remedies: [
            look('See the disciplines of the interface', command('tc', 'qdisc', 'show')),
            change('Remove the discipline', 'medium', command('tc', 'qdisc', 'del', 'dev', 'INTERFACE', 'root')),
          ],
        },
      ];
    });
    const pings = pingsOf(view);
    const good = pings.filter((ping) => ping.loss === 0 && !isSlow(ping));
    const lossy = pings.filter(({ loss }) => loss > 0);
    const slow = pings.filter((ping) => ping.loss === 0 && isSlow(ping));
    const suffering = (bad: readonly Ping[]): ObjectRef[] => {
      const end = bad.length > 1 || good.length > 0 || bad[0]?.inside ? commonEnd(bad, good) : undefined;
      return end === undefined ? [] : [end];
    };
    const lost = lossy.map((ping): Draft => {
      const [end] = suffering(lossy);
      return {
        object: end ?? { kind: 'Host', name: ping.target },
        summary: `ping loses ${ping.loss}% of its packets to ${ping.target}${end === undefined || end.name === ping.target ? '' : lossy.length > 1 ? `; all that lose have ${named(end)} at one end` : ` (${named(end)})`}`,
        confidence: ping.loss >= 100 ? 0.6 : 0.85,
        severity: 'failed',
        citations: [ping.citation],
        involves: end?.kind === 'Node' ? podsOn(view, end.name) : [],
        remedies: [look('See whether something shapes the traffic', command('tc', 'qdisc', 'show'))],
      };
    });
    const [late] = suffering(slow);
    const delayed: Draft[] =
      slow[0] === undefined
        ? []
        : [
            {
              object: late ?? { kind: 'Host', name: slow[0].target },
              summary: `A ping to ${slow[0].target} takes ${Math.round(slow[0].mean ?? 0)} ms within the cluster${late === undefined ? '' : `; all slow ones have ${named(late)} at one end`}`,
              confidence: 0.88,
              severity: 'degraded',
              citations: slow.slice(0, 2).map(({ citation }) => citation),
              involves: late?.kind === 'Node' ? podsOn(view, late.name) : [],
              remedies: [look('See whether something shapes the traffic', command('tc', 'qdisc', 'show'))],
            },
          ];
    return [...shaped, ...lost, ...(delayed.length > 0 ? delayed : connecting(view))];
  },
};

/** Milliseconds that a probe of the kubelet waits unless it says otherwise: what comes later fails. */
const PROBE_WAITS = 1000;
const IN_MILLIS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Whether a discipline loses and spoils nothing, and what goes through it comes late, but in time for most that wait for it. */
function onlyDelays(what: string): boolean {
  const [, amount, unit = ''] = /^delay ([\d.]+)(us|ms|s)\b/.exec(what) ?? [];
  return Number(amount) * (IN_MILLIS[unit] ?? 0) < PROBE_WAITS && !/\b(?:loss|corrupt|duplicate|reorder)\b/.test(what);
}

/** Connections that are slow to make, where all of them have one end that no quick one has: one of many tells nothing. */
function connecting(view: View): Draft[] {
  const connects = connectsOf(view);
  const slow = connects.filter(isSlow);
  const [first] = slow;
  const end = commonEnd(
    slow,
    connects.filter((one) => !isSlow(one)),
  );
  if (first === undefined || end === undefined || connects.length === slow.length) return [];
  return [
    {
      object: end,
      summary: `A connection to ${first.target} takes ${Math.round(first.mean ?? 0)} ms to be made within the cluster; all slow ones have ${named(end)} at one end`,
      confidence: slow.length > 1 ? 0.88 : 0.8,
      severity: 'degraded',
      citations: slow.slice(0, 3).map(({ citation }) => citation),
      involves: end.kind === 'Node' ? podsOn(view, end.name) : [],
      remedies: [look('See whether something shapes the traffic', command('tc', 'qdisc', 'show'))],
    },
  ];
}

/** Milliseconds: between pods and nodes of one cluster a packet takes a few, between regions some tens. */
const FAR = 150;

function isSlow({ mean = 0, inside }: Ping): boolean {
  return inside && mean >= FAR;
}
