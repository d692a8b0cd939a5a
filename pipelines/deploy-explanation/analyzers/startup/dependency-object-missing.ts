import { change } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

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
  ),
  confidence: 0.9,
  // Kafka's clients warn so of a topic that is about to be made.
  except: /while fetching metadata with correlation|authorization[_ ]failed/i,
  says: ({ match }) => {
    const name = match.slice(1).find((part) => part);
    return `${name === undefined ? 'something it asks for' : `\`${name}\``} does not exist where it looks for it (\`${match[0]}\`)`;
  },
  remedies: () => [change('Create it there, or correct the name that the program is given')],
});
