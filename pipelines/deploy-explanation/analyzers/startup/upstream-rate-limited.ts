import { change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';

export const upstreamRateLimited = logAnalyzer({
  kind: 'upstream-rate-limited',
  title: 'What the program calls limits its requests',
  about: 'An API that the program calls answers 429 (or says that a rate limit or quota of requests is exceeded).',
  remedy: 'Send fewer requests (cache, back off, fewer replicas), or have the limit raised.',
  pattern: anyOf(
    /\b(?:status |HTTP(?:\/[\d.]+)? |code[=: ]+|error )?429\b[^\n]{0,40}|Too Many Requests|rate[ -]?limit(?:ed)?\b[^\n]{0,30}(?:exceeded|reached|hit)|exceeded[^\n]{0,20}rate limit|Rate exceeded|RateLimit(?:Error|Exceeded\w*)|ThrottlingException|TooManyRequestsException|ThrottledException|RESOURCE_EXHAUSTED/i,
    /ProvisionedThroughputExceeded|\(SlowDown\)|reduce your request rate|ResourceExhausted|rateLimitExceeded|Request rate is large/,
  ),
  except: /\b[Pp]ull|(?<!schema.?)registry|toomanyrequests|[Ee]viction/,
  errorsOnly: true,
  confidence: 0.85,
  stage: 'running',
  says: (hit) => {
    const [limit] = hit.match;
    // Whom it called, and which limit it is, stand around the status.
    const whole = hit.told(200);
    return `what it calls limits its requests (\`${whole.includes(limit.trim().slice(0, 20)) ? whole : limit.trim()}\`)`;
  },
  remedies: () => [
    look('Count its calls, and how many replicas make them'),
    change('Cache, back off and retry later, or have the limit raised', 'medium'),
  ],
});
