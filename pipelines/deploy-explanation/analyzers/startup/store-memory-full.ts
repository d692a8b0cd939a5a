import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const storeMemoryFull = logAnalyzer({
  kind: 'store-memory-full',
  title: 'The store has reached its memory limit',
  about:
    'Redis, Memcached, RabbitMQ or Elasticsearch refuses writes, because it holds as much as it may (maxmemory, high watermark of memory, circuit breaker).',
  remedy: 'Free what is not needed, set an eviction policy, or give the store more memory.',
  pattern: anyOf(
    /OOM command not allowed|command not allowed when used memory|SERVER_ERROR out of memory|memory resource limit alarm|memory alarm (?:is )?(?:set|active)|circuit_breaking_exception|\[parent\] Data too large/,
    /Memory limit \((?:total|for (?:query|user))\) exceeded/,
  ),
  confidence: 0.93,
  stage: 'running',
  says: ({ match }) => `the store that it uses is full (\`${match[0]}\`)`,
  remedies: () => [
    look('See what fills the store'),
    change('Free keys, set an eviction policy, or raise the memory of the store', 'medium'),
  ],
});
