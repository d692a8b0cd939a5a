import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { quoted } from '../said.ts';
import { about, type DiagnosticKind } from './diagnostic-kind.ts';

/** The sentence of a long text in which the match stands, from there on. */
function sentence(text: string, match: RegExpExecArray): string {
  if (text.length <= 200) return text;
  return text.slice(match.index).split(/(?<=\.)\s+(?=[A-Z])/)[0] ?? text;
}

/** Kinds of what the API of a cloud (or of Kubernetes) answers to a provider. */
export const cloud: readonly DiagnosticKind[] = [
  {
    kind: 'cloud-credentials-expired',
    title: 'The credentials have expired',
    about: 'The token, session or certificate that the run uses was valid once and is not any more.',
    remedy: 'Log in again, or let the job take fresh credentials.',
    patterns: [
      /ExpiredToken(?:Exception)?|RequestExpired|TokenRefreshRequired|security token included in the request is expired/,
      /(?:token|session|credentials|SSO session|refresh token|access token)[^.]{0,60}(?:has|have|is|are)? ?expired/i,
      /oauth2: "?invalid_grant"?|AADSTS(?:70043|700082|50173|7000222)|invalid_rapt/,
      /certificate has expired or is not yet valid/,
      /(?:refresh|renew)\w*[^.]{0,40}\btoken\b[^.]{0,20}(?:failed|unable)|unable to (?:refresh|renew) (?:\w+ )?token/i,
    ],
    confidence: 0.96,
    says: (match, diagnostic) =>
      `The credentials of the run have expired (${quoted(match[0])}, at ${about(diagnostic)})`,
    object: () => ({ kind: 'Credentials', name: 'provider' }),
    remedies: () => [
      look('See whose credentials the run uses, and until when they are valid'),
      change('Log in again, or take fresh credentials in the job'),
    ],
  },
  {
    kind: 'cloud-access-denied',
    title: 'The cloud refuses the action',
    about: 'The account of the run is known, and has no permission for this action on this resource.',
    remedy: 'Grant just this action, or run with the account that has it.',
    patterns: [
      // Google's words for a service that nobody switched on in the project.
      /has not been used in project \S+ before or it is disabled\. Enable it by visiting \S+?\/api\/(?<api>[\w.-]+)/,
      /(?:User|Principal): (?<who>\S+) is not authorized to perform: (?<action>\S+)(?: on resource: (?<on>\S+))?/,
      /Required ['"](?<action>[\w.]+)['"] permission(?:\(s\))? for ['"](?<on>[^'"]+)['"]/,
      /Permission '(?<action>[\w.]+)' denied on (?:resource )?'?(?<on>[^'\s]+)/,
      /[Tt]he client '(?<who>[^']+)' with object id '[^']+' does not have authorization to perform action '(?<action>[^']+)'(?: over scope '(?<on>[^']+)')?/,
      /[Uu]ser "(?<who>[^"]+)" cannot (?<action>\w+ resource "[^"]+")/,
      /(?:AccessDenied(?:Exception)?|UnauthorizedOperation|AuthorizationFailed|AccessDeniedFault|PERMISSION_DENIED|AuthorizationError|OperationNotPermitted)\b/,
      /googleapi: Error 403: (?!.*[Qq]uota)(?!.*rateLimit)/,
      /(?:StatusCode[:=] ?403|HTTP (?:response code )?403|status(?: code)? 403|403 Forbidden)/,
      /explicit deny in (?:a|an) ([\w-]+ policy)/,
    ],
    except: /[Qq]uota ['"]?\S+ ?exceeded|rateLimitExceeded|Throttling|ExpiredToken/,
    confidence: 0.96,
    says: (match, diagnostic) => {
      const { who, action, on, api } = match.groups ?? {};
      if (api !== undefined) return `${about(diagnostic)}: the API \`${api}\` is not enabled in the project`;
      // Whose rule decides: to grant the action does not help against a deny from above.
      const why = /explicit deny in (?:a|an) [\w -]*?(?:policy|boundary)|no [\w-]+ policy allows/.exec(
        diagnostic.text,
      )?.[0];
      const actor = who === undefined ? 'The account of the run' : `\`${who.replace(/,$/, '')}\``;
      return `${about(diagnostic)}: ${actor} may not ${action === undefined ? `do this (${quoted(diagnostic.text, 200)})` : `\`${action}\``}${on === undefined ? '' : ` on \`${on.replace(/[,.]$/, '')}\``}${why === undefined || action === undefined ? '' : ` (${why})`}`;
    },
    remedies: (match) => [
      look('See which account the run uses and what it may do'),
      ...(match.groups?.api === undefined
        ? []
        : [
            change(
              'Enable the API in the project',
              'medium',
              command('gcloud', 'services', 'enable', operand(match.groups.api)),
            ),
          ]),
      change(
        `Grant ${match.groups?.action === undefined ? 'the action that is refused' : `\`${match.groups.action}\``}, on this resource only`,
        'medium',
      ),
    ],
  },
  {
    kind: 'cloud-credentials-missing',
    title: 'There are no credentials, or they are wrong',
    about: 'The provider finds no credentials where it looks, or the API does not know them.',
    remedy: 'Give the job credentials: a role, a key, or an environment variable that is set.',
    patterns: [
      /asked for the client to provide credentials/,
      /No valid credential sources (?:found|for)/i,
      /(?:could not|unable to) find (?:default )?(?:credentials|any credentials)/i,
      /NoCredentialProviders|failed to refresh cached credentials|Missing (?:auth|credentials|API token)|no (?:client )?(?:credentials|API token|auth options)/i,
      /InvalidClientTokenId|SignatureDoesNotMatch|AuthFailure|UnrecognizedClientException|InvalidAccessKeyId|invalid_client|AADSTS7000215|InvalidAuthenticationToken/,
      /unable to build authorizer|Unable to list provider registration status|could not configure AzureCli Authorizer|Please run 'az login'/i,
      /(?:StatusCode[:=] ?401|Error 401|status(?: code)? 401|401 Unauthorized)/,
      /(?:token|credentials|api[_ ]?key|password)[^.]{0,60}(?:must be (?:set|provided|configured)|(?:is|are) (?:required|missing|not set|empty|invalid))/i,
      /Invalid provider configuration.*(?:credentials|token)/,
      /Required token could not be found/,
    ],
    confidence: 0.94,
    says: (_match, { text }) => `The run has no valid credentials: ${quoted(text)}`,
    object: (_match, { address, file, line }) => ({
      kind: 'Credentials',
      name: /provider\["[^"]*\/([\w-]+)"\]/.exec(address ?? '')?.[1] ?? 'provider',
      ...(file === undefined ? {} : { path: `${file} line ${line}` }),
    }),
    remedies: () => [
      look('See which credentials the job has, without printing them'),
      change('Give the job a role, or set the variables that the provider reads', 'medium'),
    ],
  },
  {
    kind: 'cloud-rate-limited',
    title: 'The API limits the rate of requests',
    about: 'Too many requests in a short time; retries were used up.',
    remedy: 'Apply again with less at once.',
    patterns: [
      /Throttling(?:Exception)?\b|ThrottledException|RequestLimitExceeded|TooManyRequests(?:Exception)?|Rate exceeded|rateLimitExceeded|RATE_LIMIT_EXCEEDED|SlowDown|[Rr]ate limit|PriorRequestNotComplete/,
      /(?:Error|StatusCode[:=]|status(?: code)?) ?429\b|429 Too [Mm]any [Rr]equests/,
    ],
    confidence: 0.95,
    says: (match, diagnostic) => `${about(diagnostic)}: the API limits how often it may be asked (${quoted(match[0])})`,
    remedies: () => [
      change('Apply again with fewer requests at a time', 'low', command('tofu', 'apply', '-parallelism=2')),
      look('See what else uses the same API with the same account'),
    ],
  },
  {
    kind: 'cloud-quota-exceeded',
    title: 'A quota or limit of the cloud account is used up',
    about: 'The account may not have more of this: instances, addresses, CPUs, load balancers.',
    remedy: 'Ask for a higher quota, or remove what is unused.',
    patterns: [
      /[Qq]uota '?(?<what>[\w-]+)'? exceeded\.?(?: +Limit: (?<limit>[\d.]+))?/,
      /(?<what>\w+LimitExceeded|LimitExceededException|ServiceQuotaExceeded(?:Exception)?|QuotaExceeded|QUOTA_EXCEEDED|OperationNotAllowed|VcpuLimitExceeded|TooMany(?!Requests)\w+|ResourceLimitExceeded|DBInstanceQuotaExceeded|InstanceQuotaExceeded)\b/,
      /(?:[Ii]nsufficient|[Nn]ot enough) (?:\w+ ){0,2}quota\b(?:[^"\n]{0,60}"(?<what>[\w-]+)")?/,
      /[Qq]uota (?:has been |is )?(?:exceeded|exhausted|reached)|exceed(?:s|ed|ing)? (?:the |your )?(?:\w+ ){0,3}(?:quota|limit)|maximum number of \S+ (?:has been )?reached|exceeded quota/,
    ],
    confidence: 0.95,
    says: (match, diagnostic) => {
      const { what, limit } = match.groups ?? {};
      return `${about(diagnostic)}: a quota of the account is used up (${what === undefined ? quoted(sentence(diagnostic.text, match), 240) : `\`${what}\``}${limit === undefined ? '' : `, limit ${limit}`})`;
    },
    remedies: () => [
      look('See what uses the quota'),
      change('Ask for a higher quota, or remove what is unused', 'medium'),
    ],
  },
  {
    kind: 'cloud-capacity-missing',
    title: 'The cloud has no machines of that type there',
    about: 'The quota allows it, but the zone has no capacity for the type now.',
    remedy: 'Take another zone or type, or try later.',
    patterns: [
      /InsufficientInstanceCapacity|Insufficient(?:Host|DBInstance|Cache\w*)Capacity\w*|ZONE_RESOURCE_POOL_EXHAUSTED|SkuNotAvailable|AllocationFailed|ZonalAllocationFailed|resource_unavailable|does not have enough resources available|error during placement/,
    ],
    confidence: 0.95,
    says: (match, diagnostic) =>
      `${about(diagnostic)}: the cloud has no capacity for it there now (${quoted(match[0])})`,
    remedies: () => [change('Take another zone or machine type'), look('Try again later')],
  },
  {
    kind: 'cloud-resource-exists',
    title: 'It exists already, outside of the state',
    about: 'Somebody made it by hand, another state manages it, or an earlier run died before it was written down.',
    remedy: 'Import it into the state, or give the new one another name.',
    patterns: [
      /(?<what>\w*AlreadyExists(?:Exception|Fault)?|BucketAlreadyOwnedByYou|EntityAlreadyExists|ResourceInUseException|Duplicate(?:Request)?Exception|InvalidPermission\.Duplicate|RepositoryAlreadyExistsException)\b/,
      /already exists?\b|alreadyExists|already been taken|Error 409: .*exist|(?:bucket|account|domain) ?[Nn]ame is (?:not available|already taken)|AlreadyTaken\b|NameNotAvailable\b|is already in use by another/,
    ],
    confidence: 0.95,
    says: (_match, diagnostic) =>
      `${about(diagnostic)} exists already, and the state does not know it (${quoted(diagnostic.text, 200)})`,
    remedies: (_match, { address, text }) => {
      const id = /with the ID "([^"]+)"/.exec(text)?.[1];
      return [
        look('See who manages it: another state, or nobody'),
        change(
          'Import it into this state',
          'medium',
          command('tofu', 'import', operand(address ?? 'ADDRESS'), operand(id ?? 'ID')),
        ),
        change('Give the new one another name'),
      ];
    },
  },
  {
    kind: 'cloud-resource-timeout',
    title: 'It did not become ready in time',
    about: 'The cloud accepted it, and it did not reach the state that the provider waits for.',
    remedy: 'See in the cloud why it is not ready; a longer timeout helps only what is still at work.',
    patterns: [
      /timeout while waiting for state to become '?(?<state>[^'(]+?)'?(?:,| \(| $)(?:.*?last state: '(?<last>[^']+)')?/,
      /(?:waiting for .+|polling .+): (?:timeout|context deadline exceeded)/,
      /unexpected state '(?<last>[^']+)', wanted target '(?<state>[^']+)'/,
      /context deadline exceeded|[Tt]imed? ?out waiting|timed out after|Waiting for rollout to finish|client rate limiter Wait returned an error/,
    ],
    confidence: 0.93,
    says: (match, diagnostic) => {
      const { state, last } = match.groups ?? {};
      return `${about(diagnostic)} did not become ready in time${last === undefined ? '' : ` (it is \`${last}\`${state === undefined ? '' : `, awaited \`${state.trim()}\``})`}`;
    },
    remedies: () => [
      look('See in the cloud why it is not ready'),
      change('Apply again once it is; raise `timeouts` only for what is slow by nature'),
    ],
  },
  {
    kind: 'cloud-resource-in-use',
    title: 'It cannot be removed or changed: something depends on it',
    about: 'The cloud refuses to delete what others use, or what is not empty, or protected against deletion.',
    remedy: 'Remove what depends on it first.',
    patterns: [
      /DependencyViolation|DeleteConflict|BucketNotEmpty|ResourceInUse\b|InvalidGroup\.InUse|resourceInUseByAnotherResource|InUseSubnetCannotBeDeleted|has a dependent object|HostedZoneNotEmpty|Cannot delete protected|deletion_protection|InvalidParameterCombination: Cannot delete|is being used by|still (?:in use|has)/,
    ],
    confidence: 0.95,
    says: (match, diagnostic) =>
      `${about(diagnostic)} cannot be removed or changed: something depends on it (${quoted(match[0])})`,
    remedies: () => [look('See what uses it'), change('Remove what depends on it first', 'high')],
  },
  {
    kind: 'cloud-resource-not-found',
    title: 'Something that it needs does not exist',
    about:
      'A data source finds nothing, or an id names what is not there (any more): removed by hand, or in another region or account.',
    remedy: 'Correct the reference, the region or the account; make what is missing first.',
    patterns: [
      /no matching .+ found|(?:empty|no) results?\b|Your query returned no results|couldn't find resource/,
      /(?<what>\w*NotFound(?:Exception|Fault)?|\w*NotFoundException|NoSuch(?:Bucket|Entity|HostedZone|Key|Resource)\w*|ResourceGroupNotFound|ParentResourceNotFound)\b/,
      /\bnon-?existent\b|no (?:such )?(?:object|resource) exists\b/i,
      /(?:Error|StatusCode[:=]|status(?: code)?) ?404\b|does not exist|was not found|not found$|could not be found|notFound/,
    ],
    confidence: 0.92,
    says: (_match, diagnostic) =>
      `${about(diagnostic)}: something that it needs does not exist (${quoted(diagnostic.text, 240)})`,
    remedies: () => [
      look('Look for it in the account and region of the run'),
      change('Correct the reference, or make what is missing first'),
    ],
  },
  {
    kind: 'cloud-endpoint-unreachable',
    title: 'The API does not answer',
    about:
      'Its name does not resolve, or the connection is refused or cut: network, proxy, private endpoint, a cluster that is not up.',
    remedy: 'Reach the endpoint from where the run is.',
    patterns: [
      /(?:dial tcp|connect).{0,160}?(?:no such host|connection (?:refused|timed out)|i\/o timeout|no route to host|connection reset|network is unreachable)/i,
      /[Cc]ould not resolve hostname|Name or service not known/,
      /Kubernetes cluster unreachable|connection refused|no such host|TLS handshake timeout|x509: /,
      /(?:StatusCode[:=]|status(?: code)?|Error) ?50[0234]\b|ServiceUnavailable|InternalError\b/,
    ],
    confidence: 0.93,
    says: (match, diagnostic) => `${about(diagnostic)}: the API does not answer (${quoted(match[0], 160)})`,
    remedies: () => [
      look('Reach the endpoint from the runner'),
      change('Open the network path, or apply in two steps when the same run makes the cluster it talks to', 'medium'),
    ],
  },
  {
    kind: 'cloud-request-invalid',
    title: 'The API refuses the values',
    about: 'The request is well formed for Terraform, and the cloud does not accept a value or a combination.',
    remedy: 'Correct the attribute that the message names.',
    patterns: [
      /(?:ValidationException|ValidationError|InvalidParameter\w*|MalformedPolicyDocument|InvalidInput\w*|InvalidRequest\w*|BadRequest\w*|InvalidArgument|UnsupportedOperation|InvalidSubnet\S*|MissingParameter)\b/,
      /(?:Error|Status ?Code[:=]|status(?: code)?) ?(?:400|422)\b/,
      /is invalid: /,
    ],
    confidence: 0.9,
    says: (_match, diagnostic) =>
      `${about(diagnostic)}: the API does not accept its values (${quoted(diagnostic.text, 260)})`,
    remedies: () => [change('Correct the attribute that the message names')],
  },
];
