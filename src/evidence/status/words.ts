/**
 * What a word of a status (a phase, a reason, the type of a condition) says of the resource. `unready`: the opposite of a good
 * word (`NotReady`, `Unavailable`), which a resource also is before it has come up.
 */
export type Tone = 'bad' | 'unready' | 'going' | 'held' | 'good';

const BAD =
  /^(?:fail(?:s|ed|ing|ures?)?|err(?:s|or|ors|ored)?|degraded|impaired|unhealthy|invalid|reject(?:ed|ion)|denied|forbidden|unauthorized|crash\w*|broken|fatal|panic(?:ked)?|lost|unreachable|red|abort(?:ed)?|fault(?:s|ed|y)?|corrupt(?:ed|ion)?|unsupported|unresolved|unrecoverable|unschedulable|refused|exceeded|missing|mismatch(?:ed)?|conflict(?:s|ed|ing)?|stalled|stuck|violat(?:ed|ions?|ing)|dangling|orphan(?:ed)?|unable|cannot|cant|timeout|expired|fallback|offline|insufficient|exception|throwable|terminal|rollback|evicted|exhausted|throttled|blocked|killed|pressure|incompatible|malformed|undefined|backoff|oom|noncompliant|critical|warn|warnings?)$/;
const GOOD =
  /^(?:ready|healthy|available|succe(?:ss|ssful|ssfully|eded|eding)|completed?|done|finished|ok|green|active|bound|running|serving|synced|sync|reachable|compliant|valid|validated|accepted|admitted|programmed|established|online|alive|up|accepting|listening|streaming|leading|deployed|installed|created|attached|applied|reconciled|provisioned|provided|resolved|configured|launched|registered|initialized|connected|authenticated|pass(?:ed)?|normal|good|fine|operational|nominal|enabled|stable|optimal|scheduled|supported|schedulable|published|permitted|allowed|verified|issued|present|found|exists|assigned|allocated|satisfied|met|built|loaded|fulfilled)$/;
const GOING =
  /^(?:pending|progress|queued|inqueue|submitted|init|requested|rerun|retry|retrying|new|yellow|issuing|unknown|wait|yet)$/;
const HELD =
  /^(?:paused|suspended|stopped|halted|disabled|hibernated|detached|dormant|idle|standby|shelved|deactivated|inactive)$/;
/** Words in -ing that are no work under way. */
const NO_WORK = /^(?:warning|missing|existing|string|ping|everything|nothing|anything|something|ring|during|binding)$/;
const NOT = /^(?:not|no|non|never|isnt|without)$/;
/** What may stand between a negation and the noun whose state it denies: `NotAllMembersReady`, `not yet available`. */
const OF_ALL = /^(?:all|every|each|any|enough|fully|yet|completely)$/;

/** `FailedNotVisible`, `HEALTH_ERR`, `setting up primary` → their words in lower case. */
export function wordsOf(said: string): string[] {
  return said
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('not enough', 'insufficient')
    .replaceAll(/\bback off\b/g, 'backoff')
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

function plain(word: string): Tone | undefined {
  if (BAD.test(word)) return 'bad';
  if (HELD.test(word)) return 'held';
  if (GOOD.test(word)) return 'good';
  const positive = /^un(available|ready|healthy|synced|initialized)$/.exec(word);
  if (positive !== null) return 'unready';
  if (GOING.test(word) || (/[a-z]{2}ing$/.test(word) && !NO_WORK.test(word))) return 'going';
  return undefined;
}

/** Whether the word at `index` is denied: by the word before it, or by a `not all` before its noun. */
function denied(words: readonly string[], index: number): boolean {
  if (NOT.test(words[index - 1] ?? '')) return true;
  const not = words.findLastIndex((word, at) => at < index && NOT.test(word));
  return not >= 0 && index - not <= 4 && OF_ALL.test(words[not + 1] ?? '');
}

/** The tone of a short text: trouble before work under way, and both before what is good. `undefined`: it says nothing. */
export function toneOf(said: string): Tone | undefined {
  const words = wordsOf(said);
  const tones = words.flatMap((word, index): Tone[] => {
    const own = plain(word);
    if (own === undefined) return [];
    if (!denied(words, index)) return [own];
    if (own === 'bad') return ['good'];
    return own === 'good' ? [words[index - 1] === 'non' ? 'bad' : 'unready'] : [];
  });
  const joined = words.join(' ');
  // `scaling down` is none.
  if (words.at(-1) === 'down' && !/(?:ing|ed|scale|shut|cool|spin) down$/.test(joined)) return 'bad';
  if (
    /\b(?:storage|disk|volume|queue|pool) full\b|\blimit reached\b|\btimed out\b|\bout of (?:sync|space|memory)\b|\bno space\b|\bgave up\b|\bno quorum\b/.test(
      joined,
    )
  )
    tones.push('bad');
  if (/\b(?:requires?|required|awaits?|needs?) (?:\w+ )?approval\b|\bapproval required\b/.test(joined))
    tones.push('going');
  return (['bad', 'unready', 'going', 'held', 'good'] as const).find((tone) => tones.includes(tone));
}

const TROUBLE =
  /fail(?!over)|\berr(?:or|ors|ored)?\b|[a-z]error\b|exception|invalid|not found|notfound|cannot|can't|could not|couldn't|unable|denied|exceed|missing|unhealthy|refus|nodes are available|timed? ?out|crash|does ?n[o']t exist|do not exist|no such|no matches|did not match|forbidden|unauthorized|back-?off|insufficient|not enough|no space|incompatible|unsupported|not supported|conflict|rejected|not allowed|not permitted|unknown (?:field|authority|\w+ ["'])|none of the .{1,60} match|expired|unreachable|no route|already exists|must be|undefined|broken|degraded|\bwrong\b|\bunexpected\b|mismatch|\bnot respond/i;
const NO_TROUBLE =
  /\bno (?:\w+ )?(?:errors?|failures?|problems?)\b|\bwithout (?:any )?(?:errors?|failures?)\b|\b(?:0|zero) (?:errors?|failed|failures?)\b|\b(?:errors?|failed|failures?): ?0\b/gi;
const WAITS =
  /^\W*(?:still |currently |is |being )*(?!failing|missing|crashing|\w*thing\b)[a-z]{3,}ing\b|\b(?:is|are) (?:still )?(?:being|waiting)\b|\bcontainers with (?:unready|incomplete) status\b|\bin progress\b|\bnot yet\b|\bhas not yet\b|\bin ['"`]?(?!failing|missing|crashing)[a-z]{3,}ing['"`]? (?:state|phase)\b/i;

/** Whether a sentence tells of something that went wrong, and not of its absence. */
export function troubled(sentence: string): boolean {
  return TROUBLE.test(sentence.replaceAll(NO_TROUBLE, ''));
}

/** Whether a sentence tells of work under way or waited for, and not of why it fails. */
export function waits(sentence: string): boolean {
  if (!WAITS.test(sentence)) return false;
  return !/fail|\bstuck\b|\berror|denied|invalid|crash|back-?off|refused|forbidden|timed out|exceeded|\bwrong\b|unexpected|no such host|no route/i.test(
    sentence.replaceAll(NO_TROUBLE, ''),
  );
}
