import { look } from '../analyzer.ts';
import { answerIn } from '../running/answers.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

const TIMEOUT =
  /\b[Rr]ead timed out|SocketTimeoutException(?!: [Cc]onnect(?:ion)? timed out)|ReadTimeout(?:Error|Exception)?\b|context deadline exceeded|DEADLINE_EXCEEDED|upstream (?:request )?time(?:d )?out|did(?:n't| not) (?:answer|respond|reply) (?:with)?in \d|(?:request|operation|query|statement|call) timed out|canceling statement due to statement timeout|ESOCKETTIMEDOUT|TaskCanceledException/;
const ANSWER =
  /(?:status|code|HTTP(?:\/[\d.]+)?|returned|responded|response|answered|got)[^\n\d]{0,20}\b50[0234]\b|\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out|Server Error)|no healthy upstream|circuit ?breaker\b[^\n]{0,40}\bopen|UNAVAILABLE: |code = Unavailable/i;

/** A record of a request that the program itself answered: the path without a host, and no word of another that answered. */
const OWN_ANSWER =
  /^(?!.*(?:upstream|backend|target|callee|proxy)).*(?:"(?:path|uri|route)":\s*"\/|\b(?:path|uri|route)="?\/)/is;

/** A line may tell the status that the program answers with itself, and with it that what it called was too late. */
function isLate({ match, line }: LogHit): boolean {
  return TIMEOUT.test(match[0]) || TIMEOUT.test(line.text.slice(0, 4000));
}

export const dependencyFailing = logAnalyzer({
  kind: 'dependency-failing',
  title: 'What the program calls fails or is too slow',
  about:
    'A service, database or API that the program calls can be reached, and answers with a server error or not in time.',
  remedy: 'Look at the one that is called: its log, its load, its own dependencies.',
  aspects: { timeout: 'it does not answer in time', 'server-error': 'it answers with a server error (5xx)' },
  aspect: (hit) => (isLate(hit) ? 'timeout' : 'server-error'),
  pattern: new RegExp(`${TIMEOUT.source}|${ANSWER.source}`),
  // What Helm says of its own waiting is said by another kind.
  except: /\b(?:UPGRADE|INSTALLATION|ROLLBACK) FAILED|probe|refused|no such host|lease|leader election|429/i,
  errorsOnly: true,
  holds: (hit) => isLate(hit) || answerIn(hit.line)?.startsWith('5') !== true || !OWN_ANSWER.test(hit.line.raw),
  confidence: 0.74,
  stage: 'running',
  says: (hit) =>
    `what it calls ${isLate(hit) ? 'does not answer in time' : 'answers with a server error'} (\`${hit.told(180)}\`)`,
  remedies: () => [look('Look at the log and load of what it calls')],
});
