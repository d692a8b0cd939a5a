import { usedConnections } from '../../../../src/evidence/used-connections.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { whoAnswered } from './ran-in.ts';

/** So near its limit (a share of it) a database keeps what is left for itself. */
const FULL = 0.95;

/** A database that was asked for its connections and has no more to give. */
export function connectionsCounted(view: View): Draft[] {
  const counted = usedConnections(view.scene.items);
  if (counted === undefined || counted.used < counted.most * FULL) return [];
  const { items, used, most, citations } = counted;
  const asked = items.map((item) => whoAnswered(view, item));
  const object = asked.find(({ kind }) => kind !== 'Output') ?? asked[0];
  if (object === undefined) return [];
  return [
    {
      object,
      summary: `${object.kind === 'Output' ? 'The database' : named(object)} has ${used} connections of the ${most} that it may have`,
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
