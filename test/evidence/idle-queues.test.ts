import { expect, test } from 'vitest';
import { idleQueuesIn } from '../../src/evidence/idle-queues.ts';
import type { EvidenceItem } from '../../src/evidence/model.ts';

const queues = (text: string) => {
  const item: EvidenceItem = {
    id: 'E1',
    source: { kind: 'text', name: 'queues.txt' },
    lines: { from: 1, to: text.split('\n').length },
    text,
  };
  return idleQueuesIn(item).map(({ names, waiting, cite }) => ({ names, waiting, quote: cite()?.quote }));
};

test('queues of RabbitMQ in which messages wait and that nobody reads', () => {
  expect(
    queues('Listing queues for vhost / ...\nname\tmessages\tconsumers\nletters\t12\t0\nparcels\t9\t2\nempty\t0\t0'),
  ).toEqual([{ names: ['letters'], waiting: 12, quote: 'letters\t12\t0' }]);
  expect(
    queues(
      JSON.stringify([
        { name: 'letters', messages_ready: 7, consumers: 0 },
        { name: 'parcels', messages_ready: 7, consumers: 1 },
      ]),
    ),
  ).toMatchObject([{ names: ['letters'], waiting: 7 }]);
});

test('a group of Kafka without members goes by its name and its topics', () => {
  expect(
    queues(`Consumer group 'billing' has no active members.

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
billing         orders          0          10              25              15              -               -               -
billing         orders          1          11              20              9               -               -               -
billing         refunds         0          4               4               0               -               -               -`),
  ).toMatchObject([{ names: ['billing', 'orders'], waiting: 24 }]);
  expect(queues('consumers are many, messages few')).toEqual([]);
});
