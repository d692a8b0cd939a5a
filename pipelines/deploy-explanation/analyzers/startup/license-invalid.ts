import { change, look } from '../analyzer.ts';
import { answerIn } from '../running/answers.ts';
import { anyOf } from './any-of.ts';
import { logAnalyzer } from './log-analyzer.ts';
import type { LogHit } from './log-errors.ts';

/** So many answers say how a program answers everybody. */
const ANSWERS = 3;
const EXPIRED = /expir|past its|no longer valid/i;

/** Whether a program that is up turns all requests away. */
function answersNobody({ log }: LogHit): boolean {
  // In front of a path, whatever the program writes around it.
  const statuses = log.lines.flatMap(
    (line) =>
      answerIn(line) ??
      /\b(?:GET|POST|PUT|PATCH|DELETE) \/(?!(?:healthz?|status|ready\w*|live\w*|ping|metrics)\b)\S* (\d{3})\b/.exec(
        line.raw,
      )?.[1] ??
      [],
  );
  return statuses.length >= ANSWERS && statuses.every((status) => /^[45]/.test(status));
}

export const licenseInvalid = logAnalyzer({
  kind: 'license-invalid',
  title: 'A licence has expired or is not valid',
  about:
    'The program says that its own licence has expired, is missing, not valid, or does not cover what is asked of it, and refuses its work.',
  remedy: 'Put a valid licence where the program reads it from (mostly a Secret), and restart it.',
  pattern: anyOf(
    /\blicen[cs]e(?: (?:key|file|token|certificate))?\b[^\n]{0,60}?\b(?:(?:has |have |is |was )?(?:expired|revoked|exceeded)|(?:is |was )?(?:invalid|not valid|missing|not found|corrupt\w*)|is non-compliant|(?:check|validation|verification|checkout) failed|limit (?:reached|exceeded))\b/i,
    /\b(?:expired|invalid|no(?: valid)?|missing|unlicensed|without a(?: valid)?) (?:\w+ )?licen[cs]e\b(?! (?:plate|number))/i,
    /\b(?:LICEN[CS]E_(?:EXPIRED|INVALID|MISSING|NOT_FOUND)|ERR_LICEN[CS]E\w*|Licen[cs]e(?:Expired|Invalid|NotFound|Validation)?(?:Exception|Error))\b/,
    // FlexNet, and programs that have their licences from a server of them
    /\b(?:could not|cannot|can't|failed to|unable to) (?:check ?out|obtain|acquire|verify|validate)(?: \w+){0,3} licen[cs]es?\b|Licensed number of users already reached/i,
  ),
  except:
    /licen[cs]e (?:plate|number|header|text|agreement|terms)|driv(?:er|ing)\W{0,3}s? licen[cs]e|\b(?:MIT|Apache|BSD|GPL|open.?source) licen[cs]e|will expire|expires (?:in|on)|about to expire|licen[cs]es? (?:scan|audit|report)/i,
  errorsOnly: true,
  confidence: 0.92,
  severity: (hit) => (hit.pod?.ready === true && answersNobody(hit) ? 'failed' : undefined),
  says: (hit) =>
    `its licence ${EXPIRED.test(hit.line.text) ? 'has expired' : 'is not valid or not there'} (\`${hit.told(180)}\`)`,
  remedies: () => [
    look('See which licence the program was given, and until when it is valid'),
    change('Renew the licence where the program reads it from, and restart the program', 'medium'),
  ],
});
