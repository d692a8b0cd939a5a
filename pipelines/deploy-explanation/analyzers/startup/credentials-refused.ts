import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { refusedHow } from './refused-how.ts';

const OF_USERS =
  /^(?:invalid (?:username|password|credentials|token)|authentication failed|token used before issued|login failed for user [\w.@-]+)$/i;

/** A request to the program itself (by its path alone), with the status by which it turns somebody away: `POST /login 401`. */
const ANSWERS = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE) \/\S*(?: HTTP\/[\d.]+"?)?[^\w\n]{1,6}40[13]\b/;

/** How servers' own logs look: MongoDB, PostgreSQL (not where it is a client of its primary), RabbitMQ, MySQL, NATS, MariaDB, Redis, sshd. */
const BY_SERVER =
  /"s":"[IWEF]",\s*"c":"|\[\d+\](?: \S+)? (?:FATAL|ERROR): {2}(?!could not )|<0\.\d+\.\d+>|\[MY-\d+\]|\[ERR\] \S+ - cid:|^\S+ +\d+:\d\d:\d\d \d+ \[(?:Warning|Note)\] |^\d+:[MSXC] \d{2} \w{3} \d{4} |\[preauth\]|\bssh2$/;

const REFUSED = anyOf(
  /no pg_hba\.conf entry for host|password authentication failed for user "?([\w.-]+)"?|Access denied for user '?([\w.-]+)'?|WRONGPASS|NOAUTH Authentication required|[Aa]uthentication failed|invalid (?:username|password|credentials|api key|token)|ACCESS_REFUSED|Authorization Violation|authentication error - User|code = (?:Unauthenticated|PermissionDenied)\b|security_exception|bad user ?name or password|password is incorrect|SASL authentication|401 Unauthorized|InvalidClientTokenId|ExpiredToken|not authorized on [\w.-]+ to execute|permission denied for (?:table|relation|schema|database|sequence) \S+|(?:SELECT|INSERT|UPDATE|DELETE) command denied to user|role "([\w.-]+)" does not exist|is not authorized to perform[^\n]{0,120}|\bAccessDenied(?:Exception)?\b(?!.*nio)|Login failed for user '?([\w.-]+)'?|ORA-01017|\bNOPERM\b|invalid_(?:client|grant)\b|(?:Topic|Group|Cluster)AuthorizationException|SaslAuthenticationException|status 40[13]\b|\bcode: 40[13]\b|\b40[13] (?:Client Error: )?(?:Forbidden|Unauthorized)\b|does not have [\w.]+ access|is not allowed to connect to this (?:MySQL|MariaDB) server|unable to authenticate user|missing authentication credentials|InvalidAccessKeyId|SignatureDoesNotMatch|security token included in the request is (?:invalid|expired)|LDAP: error code 49|Username and Password not accepted|AADSTS7000\d{3}|Provided username \S+ and\/or password are incorrect|role "([\w.-]+)" is not permitted to log in|AUTH <password> called without any password|agent\.auth\.handler: error authenticating[^\n]*Code: 40[03]/i,
  // gRPC and the clouds; a clock that is wrong makes a signature invalid.
  /\b(?:PERMISSION_DENIED|UNAUTHENTICATED): |exceptions\.(?:PermissionDenied|Forbidden|Unauthenticated)\b|googleapi: Error 40[13]\b|ErrorCode: ?(?:AuthenticationFailed|AuthorizationFailure|AuthorizationPermissionMismatch|InvalidAuthenticationInfo)|does not have authorization to perform action '|An error occurred \((?:40[13]|Forbidden|AuthFailure|UnauthorizedOperation)\)|RequestTimeTooSkewed|RequestExpired|InvalidSignatureException|\w+AccessDeniedException|Access Key Id you provided does not exist|Clock skew too great|token used before issued/,
  // PostgreSQL, MySQL, Oracle, SQL Server
  /pg_hba\.conf rejects connection|must be owner of (?:table|schema|database|relation|sequence|view|function)|permission denied (?:to (?:create|set|alter)|for (?:function|view|type|language|tablespace|foreign))|\b[A-Z]+ command denied to user|Access denied; you need|Authentication plugin '[^']+' cannot be loaded|does not support authentication protocol requested|Your password has expired|ORA-(?:01005|01031|01045|28000|28001|28009)|requested by the login|permission was denied on (?:the )?object/,
  // MongoDB, Redis, ClickHouse, Neo4j, Cassandra, InfluxDB, Couchbase, etcd, Snowflake
  /command \w+ requires authentication|MongoSecurityException|Client sent AUTH, but no password is set|DB::Exception: [^:\n]+: Not enough privileges|Neo\.ClientError\.Security\.|UnauthorizedException: |has no \w+ permission on|unauthorized access|authentication_failure|etcdserver: (?:invalid auth token|permission denied|authentication failed)|Incorrect username or password/,
  // RabbitMQ, Kafka, NATS, JMS, Pulsar, MQTT
  /access to (?:vhost|queue|exchange) '[^']*' (?:in vhost '[^']*' )?refused for user|not authorized to access (?:this topic|topics|group|cluster)|(?:TOPIC|GROUP|CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED|Permissions Violation for|JMSSecurityException|User name \[[^\]]*\] or password is invalid|PulsarClientException\$(?:Authentication|Authorization)\w*|Connection Refused: (?:not authori[sz]ed|bad user)/,
  // PostgreSQL in the languages of its server: German, French, Spanish, Portuguese, Italian
  /Passwort-Authentifizierung für Benutzer »([\w.-]+)« fehlgeschlagen|authentification par mot de passe échouée pour l'utilisateur «\s*([\w.-]+)\s*»|autentificación \S+ falló para el usuario «([\w.-]+)»|autenticação do tipo senha falhou para (?:o )?usuário "([\w.-]+)"|autenticazione con password fallita per l'utente "([\w.-]+)"/,
  // Mail, search, Kerberos, SSH
  /AuthenticationFailedException|\b535[ -][^\n]{0,60}(?:auth|credentials)|is unauthorized for user|no permissions for \[|Preauthentication failed|Client not found in Kerberos database|Permission denied \(publickey|ssh: unable to authenticate|auth failed on module/,
  // Clients of HTTP APIs
  /HTTP Error 40[13]\b|HTTP 40[13] error|status code:? 40[13]\b|does not indicate success: 40[13]\b|\[40[13](?: \w+)?\] during \[|(?:Invalid|Expired|Incorrect|Revoked) API key|hvac\.exceptions\.Forbidden/,
);

/** Whether a line of a server's own log tells that it did not let a client in: the client's mistake, whatever the level. */
export function turnsAway(line: string): boolean {
  return BY_SERVER.test(line) && REFUSED.test(line);
}

/** What clouds say that a caller may not do, and with what: AWS, Google Cloud, Azure. */
const ACTION =
  /not authorized to perform:? ([\w:*-]+)(?: on (?:resource:?)? ?"?([^\s"]+))?|does not have ([\w.]+) (?:access|permission)(?: to (?:the )?([^.\n]{1,120}))?|authorization to perform action '([^']+)'(?: over scope '([^']+)')?|Permission '?([\w.]+)'? denied on resource '?([^\s']+)|(?:[Mm]issing|[Ll]acks|[Rr]equires?|[Rr]equired)(?: the)? (?:IAM )?permission:? '?([a-z][\w]*\.[\w.]*\w)'?(?: (?:on|for) (?:the )?(?:resource )?'?([^\s',]*[^\s',.]))?|[Rr]equired '([\w.]+)' permission for '([^\s']+)'/;

/** What was refused, and with what, where the line says so. */
const actionOf = (said: string): readonly string[] =>
  ACTION.exec(said)
    ?.slice(1)
    .filter((part) => part !== undefined) ?? [];

/** Who asked, as AWS names it: a role behind its session, or a user. */
const PRINCIPAL = /\bUser: arn:aws[\w-]*:(?:sts|iam)::\d*:(?:assumed-role|role|user)\/([\w+=,.@-]+)/;

/** ` to do s3:PutObject with arn:aws:s3:::archive`, where the line says what was refused. */
function actionIn(said: string): string {
  const [action, resource] = actionOf(said);
  if (action === undefined) return '';
  return `: it may not do \`${action}\`${resource === undefined ? '' : ` with \`${resource}\``}`;
}

export const credentialsRefused = logAnalyzer({
  kind: 'credentials-refused',
  title: 'Credentials are refused',
  about: 'A database, queue or API answers, and refuses the user, the password, or what the user asks for.',
  remedy: 'Compare the Secret with what the other side expects; rotate both together.',
  pattern: REFUSED,
  // A proxy of the mesh that answers for the callee has a kind of its own.
  except:
    /\bimage\b[^\n]{0,60}\bpull|\bpull\w*\b[^\n]{0,60}\bimage\b|pull access|(?<!schema.?)registry|manifest|nio\.file|springframework\.security\.access|quota|rate ?limit|system:serviceaccount|credentials inherited from|RBAC: access denied/i,
  toldByServer: BY_SERVER,
  // Whom a program that is up does not let in, is somebody else's mistake.
  holds: ({ pod, line, match }) =>
    pod?.ready !== true ||
    !OF_USERS.test(match[0]) ||
    ((line.level === 'error' || line.level === 'fatal') && !ANSWERS.test(line.text)),
  confidence: 0.91,
  says: (hit, view) => {
    const { match, line } = hit;
    const how = refusedHow(view, hit);
    if (how !== undefined) return how.says;
    const user = match.slice(1).find((part) => part);
    return user === undefined
      ? `${BY_SERVER.test(line.raw) ? 'its credentials are refused' : 'what it depends on refuses its credentials'} (\`${match[0]}\`)${actionIn(line.text.slice(0, 4000))}`
      : `the credentials of user \`${user}\` are refused`;
  },
  remedies: (hit, subject, view) => {
    const remedy = refusedHow(view, hit)?.remedy;
    if (remedy !== undefined) return [change(remedy, 'medium')];
    const said = hit.line.text.slice(0, 4000);
    const [action, resource] = actionOf(said);
    // Who may not do one thing is known: no other password helps.
    if (action !== undefined) {
      const who = PRINCIPAL.exec(said)?.[1];
      return [
        change(
          `Allow \`${action}\`${resource === undefined ? '' : ` on \`${resource}\``} to ${who === undefined ? 'the account that the program runs as' : `\`${who}\``}`,
          'medium',
        ),
      ];
    }
    return [
      look(
        'See when the Secret was last changed, and by whom',
        list('secrets', subject, '--sort-by=.metadata.creationTimestamp'),
      ),
      change('Set the right credentials in the Secret and restart the workload', 'medium'),
    ];
  },
});
