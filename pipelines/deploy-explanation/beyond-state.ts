import { askedFor, type Seen, workloadsSeen } from './asked-workloads.ts';
import { asksForSpeed } from './asks-speed.ts';
import type { ExplainRequest } from './schema.ts';
import { WHETHER } from './spared.ts';
import { unansweredQuestion } from './target.ts';
import { toldFast } from './told-fast.ts';
import { named, type View } from './view.ts';

const FALSE =
  '(?:wrong|incorrect|false|stale|outdated|duplicated?|doubled|inconsistent|implausible|corrupt(?:ed)?|garbled|inflated|negative)';
/** What data are made of, as people who read them call it. */
const DATA =
  '(?:totals?|sums?|figures?|numbers?|values?|amounts?|prices?|balances?|counts?|data|rows?|records?|entries|results?|contents?|reports?|dates?|translations?|currency|currencies|units?|averages?|statistics|stats)';

const SPEED = 'how fast it answers';

/** What pods being up and ready neither proves nor refutes, by how a question asks for it. What is `wrong with` something is no data, nor is a number of pods. */
const QUESTIONS: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(
      `\\b${FALSE}(?! (?:with|in|about|on|at|for|to)\\b) (?:[\\w-]+ ){0,2}?${DATA}(?![\\w-])(?! of (?:pods|replicas|nodes|restarts))`,
      'i',
    ),
    'whether the data are right',
  ],
  [
    new RegExp(`(?<![\\w-])${DATA}(?![\\w-])[^?.]{0,40}\\b${FALSE}(?! (?:with|in|about|numbers? of)\\b)`, 'i'),
    'whether the data are right',
  ],
  [
    /\b(?:why|what makes|how come)\b[^?.]{0,80}\b(?:slow(?:er|ly)?|laggy|sluggish|takes? (?:so|too) long)\b|\b(?:is|are|was|were|got|gets?|becomes?|became|been|feels?|runs?|answers?|responds?|loads?)\b[^?.]{0,20}\b(?:slow(?:er|ly)?|laggy|sluggish)\b|\btak(?:es?|ing) (?:so|too|very) long\b(?! to (?:start|deploy|roll))|\b(?:high|higher|increased|bad|rising) (?:latency|latencies|response times?)\b/i,
    SPEED,
  ],
  [
    /^\s*(?:who|which (?:user|person|colleague))\b[^?.]{0,30}\b(?:changed|edited|deleted|removed|restarted|scaled|deployed|created|updated|patched|touched)\b/i,
    'who did it',
  ],
];

const MAX_SHOWN = 4;

const stateOf = ({ ref, replicas }: Seen) => `${named(ref)} (${replicas.ready} of ${replicas.total} ready)`;

/** What is up, of what a question names, or else of all that is seen: `Deployment shop/cart (2 of 2 ready)`. Empty where no workload is seen. */
function upOf(question: string, view: View): string {
  const asked = askedFor(question, view);
  const shown = (asked.length > 0 ? asked : workloadsSeen(view)).map(stateOf);
  const more = shown.length > MAX_SHOWN ? ` and ${shown.length - MAX_SHOWN} more` : '';
  return `${shown.slice(0, MAX_SHOWN).join(', ')}${more}`;
}

/** Of what a question names, that it is up; empty where it names no workload that is. */
export function askedIsUp({ question = '' }: Pick<ExplainRequest, 'question'>, view: View): string {
  const up = askedFor(question, view).filter(({ replicas: { ready, total } }) => ready > 0 && ready >= total);
  const fast = asksForSpeed(question) ? toldFast(question, view) : undefined;
  return `${up.length === 0 ? '' : ` Asked about: ${up.slice(0, MAX_SHOWN).map(stateOf).join(', ')}.`}${fast === undefined ? '' : ` ${fast.summary}`}`;
}

/** Why a healthy answer would be none: what the question names got no answer, or it asks for what was not looked at. */
export function unansweredBy(request: Pick<ExplainRequest, 'question' | 'evidence'>, view: View): string | undefined {
  const beyond = beyondState(request, view);
  const seen = askedFor(request.question ?? '', view).length > 0;
  return (seen ? beyond : undefined) ?? unansweredQuestion(request, view) ?? beyond;
}

/**
 * Why state is no answer: the question asks for what the state of pods does not tell (data, speed, who did something).
 * Undefined for other questions, and where no workload was looked at.
 */
function beyondState({ question = '' }: Pick<ExplainRequest, 'question'>, view: View): string | undefined {
  const asks = WHETHER.test(question) ? undefined : QUESTIONS.find(([pattern]) => pattern.test(question));
  const up = upOf(question, view);
  if (asks?.[1] === SPEED && toldFast(question, view) !== undefined) return undefined;
  return asks === undefined || up === ''
    ? undefined
    : `the evidence does not tell ${asks[1]}. What it shows is that things are up: ${up}`;
}
