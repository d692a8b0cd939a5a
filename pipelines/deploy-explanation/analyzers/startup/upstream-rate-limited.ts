import { sameObject } from '../../../../src/evidence/model.ts';
import { type Analyzer, change, look } from '../analyzer.ts';
import { anyOf } from './any-of.ts';
import { type LogKind, logAnalyzer } from './log-analyzer.ts';

const WORDS = {
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
} satisfies LogKind;

const limited = logAnalyzer(WORDS);

/**
 * An allowance for a day, a month or an account that is used up (also as Google's and OpenAI's APIs call it), or ten minutes and more to
 * wait: who only warns of it does not get over it by trying again, as of a rate that was too high.
 */
const spent = logAnalyzer({
  ...WORDS,
  pattern: anyOf(
    // A business has daily limits, too (of withdrawals, of a plan): a quota is one of calls, a limit where it says so.
    /\b(?:daily|weekly|monthly|account|plan|free[- ]tier) (?:(?:(?!storage|disk|mailbox)\w+ ){0,2}quota|(?:\w+ )?(?:API|requests?|calls?|tokens?|rate|usage) (?:limit|allowance)|(?:limit|allowance) (?:of|for) (?:[\d,.]+ )?(?:API|requests?|calls|tokens))\b[^\n]{0,60}?\b(?:exceeded|reached|used up|exhausted)|exceeded your (?:current|daily|monthly) (?:(?:\w+ )?quota|(?:API|requests?|calls?|tokens?|rate|usage) limit)/i,
    /insufficient_quota|OVER_(?:QUERY|DAILY)_LIMIT|dailyLimitExceeded|quotaExceeded\b|Quota exceeded for (?:quota )?metric[^\n]{0,120}per day/,
    /\b(?:429\b|Too Many Requests)[^\n]{0,300}?retry[-_ ]after["']?\s*[:=]\s*["']?(?:[6-9]\d\d|\d{4,})(?!\d| ?ms)/i,
  ),
  errorsOnly: false,
});

export const upstreamRateLimited: Analyzer = {
  ...limited,
  find: (view) => {
    const found = limited.find(view);
    return [...found, ...spent.find(view).filter(({ object }) => !found.some((one) => sameObject(one.object, object)))];
  },
};
