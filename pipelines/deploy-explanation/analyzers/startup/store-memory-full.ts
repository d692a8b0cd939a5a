import { citeLines } from '../../../../src/evidence/cite.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { whoAnswered } from './ran-in.ts';
import { fullStores, suffersFrom } from './store-info.ts';

const told = logAnalyzer({
  kind: 'store-memory-full',
  title: 'The store has reached its memory limit',
  about:
    'Redis, Memcached, RabbitMQ or Elasticsearch refuses writes, because it holds as much as it may (maxmemory, high watermark of memory, circuit breaker). Where `redis-cli info memory` says so of a store, that store is the cause.',
  remedy: 'Free what is not needed, set an eviction policy, or give the store more memory.',
  pattern: anyOf(
    /OOM command not allowed|command not allowed when used memory|SERVER_ERROR out of memory|memory resource limit alarm|memory alarm (?:is )?(?:set|active)|Memory alarm on node \S+|circuit_breaking_exception|\[parent\] Data too large/,
    /Memory limit \((?:total|for (?:query|user))\) exceeded/,
  ),
  confidence: 0.93,
  stage: 'running',
  // RabbitMQ alone speaks of its alarm, and lets nobody publish until it is over.
  says: ({ match }) =>
    /resource limit alarm/.test(match[0])
      ? `it holds as much as it may (\`${match[0]}\`), so that it blocks whoever publishes`
      : `the store that it uses is full (\`${match[0]}\`)`,
  remedies: () => [
    look('See what fills the store'),
    change('Free keys, set an eviction policy, or raise the memory of the store', 'medium'),
  ],
});

/** What `rabbitmq-diagnostics` and `rabbitmqctl` say of a node that holds as much as it may. */
const ALARM = /^Memory alarm on node (\S+)$/;

/** RabbitMQ's nodes that were asked, and say that their alarm is on. */
function alarmed(view: View): Draft[] {
  return view.scene.items.flatMap((item): Draft[] => {
    if (item.source.kind === 'log' || !/\brabbitmq(?:ctl|-diagnostics)\b/.test(item.command ?? '')) return [];
    const lines = item.text.split('\n');
    const index = lines.findIndex((line) => ALARM.test(line.trim()));
    const node = ALARM.exec((lines[index] ?? '').trim())?.[1];
    if (node === undefined) return [];
    const object = whoAnswered(view, item);
    return [
      {
        object,
        summary: `${named(object)} holds as much memory as it may (alarm of \`${node}\`), so that it blocks whoever publishes`,
        confidence: 0.93,
        severity: 'degraded',
        citations: [citeLines(item, index)],
        remedies: [
          look('See which queues hold what nobody takes'),
          change('Let consumers catch up, purge what nobody needs, or raise the memory of the store', 'medium'),
        ],
      },
    ];
  });
}

/** What clients were told, or, where the store itself was asked, what it says: its clients only suffer from that. */
export const storeMemoryFull: Analyzer = {
  ...told,
  find: (view) => {
    const refused = told.find(view);
    const full = [...fullStores(view, refused), ...alarmed(view)];
    const suffers = (one: Draft) => full.some(({ object }) => suffersFrom(view, one.object, object));
    return [...full, ...refused.filter((one) => !suffers(one))];
  },
};
