import { execOf } from '../../../../src/evidence/command.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { usedConnections } from '../../../../src/evidence/used-connections.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { podOf } from './log-errors.ts';

/** So near its limit (a share of it) a database keeps what is left for itself. */
const FULL = 0.95;

/** A database that was asked for its connections and has no more to give. */
export function connectionsCounted(view: View): Draft[] {
  const counted = usedConnections(view.scene.items);
  if (counted === undefined || counted.used < counted.most * FULL) return [];
  const { items, used, most, citations } = counted;
  const target = items.flatMap((item) => execOf(item.command ?? '')?.target ?? [])[0];
  const object =
    target === undefined
      ? { kind: 'Output', name: items[0]?.source.name ?? '' }
      : workloadOf(view.scene, podOf(view, target)?.ref ?? target);
  return [
    {
      object,
      summary: `${target === undefined ? 'The database' : named(object)} has ${used} connections of the ${most} that it may have`,
      confidence: 0.84,
      severity: 'degraded',
      citations,
      remedies: [
        look('See whose connections these are, and how many of them are idle'),
        change('Lower the pools of its clients, or put a pooler before it; raise the limit last', 'medium'),
      ],
    },
  ];
}
