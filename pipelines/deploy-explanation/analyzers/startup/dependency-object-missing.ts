import { change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const dependencyObjectMissing = logAnalyzer({
  kind: 'dependency-object-missing',
  title: 'What the program asks for does not exist there',
  about:
    'A database, topic, queue, bucket or index that the program uses does not exist at the server, which answers and says so.',
  remedy: 'Create it there, or correct its name in the configuration.',
  pattern:
    /database "([\w.-]+)" does not exist|Unknown database '([\w.-]+)'|UNKNOWN_TOPIC_OR_PARTITION|Subscribed topic not available: ([\w.-]+)|Unknown topic or partition|UnknownTopicOrPartition\w*|[Tt]opic '?([\w.-]+)'? (?:not (?:found|present)|does not exist)|Topic\(s\) \[([^\]]+)\] is\/are not present|NOT_FOUND - no (?:queue|exchange|vhost) '([^']+)'|NoSuchBucket|The specified (?:bucket|queue|container|key) does not exist|QueueDoesNotExist|index_not_found_exception|no such index \[([^\]]+)\]|stream '?([\w.-]+)'? not found|NoSuchKey\b/,
  confidence: 0.9,
  // Kafka's clients warn so of a topic that is about to be made.
  except: /while fetching metadata with correlation/i,
  says: ({ match }) => {
    const name = match.slice(1).find((part) => part);
    return `${name === undefined ? 'something it asks for' : `\`${name}\``} does not exist where it looks for it (\`${match[0]}\`)`;
  },
  remedies: () => [change('Create it there, or correct the name that the program is given')],
});
