import { change, look } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const credentialsRefused = logAnalyzer({
  kind: 'credentials-refused',
  title: 'Credentials are refused',
  about: 'A database, queue or API answers, and refuses the user, the password, or what the user asks for.',
  remedy: 'Compare the Secret with what the other side expects; rotate both together.',
  pattern:
    /no pg_hba\.conf entry for host|password authentication failed for user "?([\w.-]+)"?|Access denied for user '?([\w.-]+)'?|WRONGPASS|NOAUTH Authentication required|[Aa]uthentication failed|invalid (?:username|password|credentials|api key|token)|ACCESS_REFUSED|SASL authentication|401 Unauthorized|InvalidClientTokenId|ExpiredToken|not authorized on [\w.-]+ to execute|permission denied for (?:table|relation|schema|database|sequence) \S+|(?:SELECT|INSERT|UPDATE|DELETE) command denied to user|role "([\w.-]+)" does not exist|is not authorized to perform[^\n]{0,120}|\bAccessDenied(?:Exception)?\b(?!.*nio)|Login failed for user '?([\w.-]+)'?|ORA-01017|\bNOPERM\b|invalid_(?:client|grant)\b|(?:Topic|Group|Cluster)AuthorizationException|SaslAuthenticationException|status 40[13]\b|\bcode: 40[13]\b|\b40[13] (?:Client Error: )?(?:Forbidden|Unauthorized)\b|does not have [\w.]+ access/i,
  // A proxy of the mesh that answers for the callee has a kind of its own.
  except: /pull|registry|manifest|nio\.file|system:serviceaccount|RBAC: access denied/i,
  // MongoDB, PostgreSQL, RabbitMQ and MySQL, in this order.
  toldByServer: /"s":"[IWEF]",\s*"c":"|\[\d+\](?: \S+)? FATAL: {2}|<0\.\d+\.\d+>|\[MY-\d+\]/,
  confidence: 0.91,
  says: ({ match }) => {
    const user = match.slice(1).find((part) => part);
    return user === undefined
      ? `what it depends on refuses its credentials (\`${match[0]}\`)`
      : `the credentials of user \`${user}\` are refused`;
  },
  remedies: () => [
    look(
      'See when the Secret was last changed, and by whom',
      'kubectl get secrets --sort-by=.metadata.creationTimestamp',
    ),
    change('Set the right credentials in the Secret and restart the workload', 'medium'),
  ],
});
