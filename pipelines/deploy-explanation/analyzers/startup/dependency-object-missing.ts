import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

/** What Kafka's clients throw when they waited in vain: for a topic that is not there, or for any other reason. */
const WAITED =
  /Timeout of \d+ ?ms expired before the position for partition ([\w.-]+)-\d+ could be determined|Timeout expired while fetching topic metadata|Failed to update metadata after \d+ ms/;
/** What they warn of a topic whose metadata they do not get. */
const UNKNOWN_TOPIC = /\{(?:[^{}\n]*, )?([\w.-]+)=UNKNOWN_TOPIC_OR_PARTITION\b/;

/** The topic that a client which waited in vain had warned of before: the one that its error names, if any. */
function unknownTopic({ log, index, match }: LogHit): string | undefined {
  const awaited = WAITED.exec(match[0])?.[1];
  return log.lines
    .slice(0, index)
    .flatMap(({ text }) => UNKNOWN_TOPIC.exec(text)?.[1] ?? [])
    .findLast((topic) => awaited === undefined || topic === awaited);
}

export const dependencyObjectMissing = logAnalyzer({
  kind: 'dependency-object-missing',
  title: 'What the program asks for does not exist there',
  about:
    'A database, topic, queue, bucket or index that the program uses does not exist at the server, which answers and says so.',
  remedy: 'Create it there, or correct its name in the configuration.',
  pattern: anyOf(
    /database "([\w.-]+)" does not exist|Unknown database '([\w.-]+)'|UNKNOWN_TOPIC_OR_PARTITION|Subscribed topic not available: ([\w.-]+)|[Uu]nknown topic or partition|topic or partition that does not exist|UnknownTopicOrPartition\w*|[Tt]opic '?([\w.-]+)'? (?:not (?:found|present)|does not exist)|Topic\(s\) \[([^\]]+)\] is\/are not present|NOT_FOUND - no (?:queue|exchange|vhost) '([^']+)'|NoSuchBucket|The specified (?:bucket|queue|container|key) does not exist|QueueDoesNotExist|index_not_found_exception|no such index \[([^\]]+)\]|stream '?([\w.-]+)'? not found|NATS[^\n]{0,40}(?:stream|consumer) not found|NoSuchKey\b/,
    // Databases
    /[Kk]eyspace '?([\w.-]+)'? does not exist|Database ([\w.-]+) does not exist|database not found: ([\w.-]+)|ns does not exist|ORA-12514|ORA-12505/,
    // Brokers and registries of schemas
    /does not host this topic-partition|vhost (\S+) not found|MessagingEntityNotFound|stream not found|NOGROUP No such key|Subject '([^']+)' not found/,
    // Clouds, Vault
    /ResourceNotFoundException|NOT_FOUND: Resource not found|no secret exists at (\S+)/,
    WAITED,
    // Kafka Streams
    /source topic ([\w.-]+) is missing\/unknown during rebalance|MissingSourceTopicException/,
  ),
  confidence: 0.9,
  // Kafka's clients warn so of a topic that is about to be made.
  except: /while fetching metadata with correlation|authorization[_ ]failed/i,
  holds: (hit) => !WAITED.test(hit.match[0]) || unknownTopic(hit) !== undefined,
  says: (hit) => {
    const { match, line } = hit;
    const name =
      (WAITED.test(match[0]) ? unknownTopic(hit) : UNKNOWN_TOPIC.exec(line.text)?.[1]) ??
      match.slice(1).find((part) => part);
    return `${name === undefined ? 'something it asks for' : `\`${name}\``} does not exist where it looks for it (\`${match[0]}\`)`;
  },
  remedies: () => [change('Create it there, or correct the name that the program is given')],
});
