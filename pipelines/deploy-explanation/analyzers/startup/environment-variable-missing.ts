import { change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { isUp, type LogHit } from './log-errors.ts';

// Words of levels stand where a name does, too.
const NAME =
  '["\'`$]?\\{?((?<![A-Z0-9_])(?!(?:ERROR|FATAL|WARN|WARNING|INFO|DEBUG|PANIC|CRITICAL|SEVERE)\\b)[A-Z][A-Z0-9]*_[A-Z0-9_]+|(?<![A-Z0-9_])(?!(?:ERROR|FATAL|WARN|WARNING|INFO|DEBUG|PANIC|CRITICAL|SEVERE)\\b)[A-Z]{4,})\\}?["\'`]?';
/** Below the name of a field: what pydantic says of one that is not given. */
const FIELD_REQUIRED = /^ +[Ff]ield required [[(]type=(?:missing|value_error\.missing)/;
const PATTERN = new RegExp(
  [
    `(?:env(?:ironment)?(?:[ _-]?var(?:iable)?)?s?)\\b[^\\n]{0,40}?${NAME}[^\\n]{0,30}?\\b(?:is |are )?(?:not set|undefined|missing|required|unset|empty|not defined|not found|must be set|NotPresent)`,
    `(?:missing|required|undefined|unset|expected|no value for|could not find|need)[^\\n]{0,30}?(?:env(?:ironment)?(?:[ _-]?var(?:iable)?)?s?|config(?:uration)?(?: (?:key|value))?|setting)s?\\b[^\\n]{0,20}?${NAME}`,
    // What is given a value is not missing.
    `${NAME}\\b(?!=(?!undefined|null|None|nil)\\w)(?![^\\n]{0,12}cookie)(?: env(?:ironment)? var(?:iable)?)?[^\\n]{0,20}?(?:is |are |was )?(?:not set|undefined|unset|not defined|must be (?:set|provided|defined)|is required|is missing|cannot be empty|has no value|: unbound variable|: parameter (?:not set|null or not set))`,
    // The shell's word after a name that sounds secret is taken for its value.
    `${NAME}: \\[redacted:[a-z]+#\\d+\\] (?:variable|(?:null or )?not set)`,
    `KeyError: '([A-Z][A-Z0-9_]{3,})'`,
    `key not found: "([A-Z][A-Z0-9_]{3,})"`,
    `envconfig: required key ([A-Z][A-Z0-9_]+) missing`,
    `(?<!config(?:uration)? (?:file )?)required key ([A-Z][A-Z0-9_]{3,}) missing value`,
    `([A-Z][A-Z0-9]*_[A-Z0-9_]+) not found\\. Declare it as envvar`,
    `Set the ([A-Z][A-Z0-9]*_[A-Z0-9_]+) environment variable`,
    `You must specify ([A-Z][A-Z0-9]*_[A-Z0-9_]+) to`,
    `(?:following|one of)[^\\n]{0,40} as an environment variable`,
    `[Ii]nvalid environment variables?\\b[^\\n]{0,20}?([A-Z][A-Z0-9]*_[A-Z0-9_]+)?`,
    'Missing `(secret_key_base)` for',
    `[Ee]nvironment variable not found:? ?"?([A-Z][A-Z0-9_]+)?`,
    `Missing environment variables?: ([A-Z][A-Z0-9_]{3,})`,
    `missing value for field \\w+: env var ([A-Z][A-Z0-9_]+)`,
    `secretOrPrivateKey must have a value|No application encryption key has been specified`,
    `([A-Z][A-Z0-9]*_[A-Z0-9_]+): cannot be blank`,
    `Could not resolve placeholder '([\\w.:-]+)'`,
    FIELD_REQUIRED.source,
  ].join('|'),
);

/** So many lines before a field its error may begin. */
const REACH = 60;

/** The name of a field that pydantic misses, where it reads settings from the environment and not a request. */
function settingMissed({ log, index, match }: LogHit): string | undefined {
  if (!FIELD_REQUIRED.test(match[0])) return undefined;
  const before = log.lines.slice(Math.max(0, index - REACH), index).map(({ text }) => text);
  const head = before.findLast((text) => /\bvalidation errors? for /.test(text));
  return /\bvalidation errors? for \w*(?:Settings|Config|Env)\w*\s*$/i.test(head ?? '')
    ? before.at(-1)?.trim()
    : undefined;
}

function nameOf(hit: LogHit): string {
  return settingMissed(hit) ?? hit.match.slice(1).find((part) => part) ?? hit.match[0];
}

export const environmentVariableMissing = logAnalyzer({
  kind: 'environment-variable-missing',
  title: 'The program misses an environment variable',
  about: 'The log says that a required environment variable (or placeholder) is not set.',
  remedy: 'Set the variable in the workload, or restore the ConfigMap or Secret that held it.',
  pattern: PATTERN,
  confidence: 0.92,
  // A program that only warns of it, and is up, does without.
  holds: (hit, view) =>
    (!FIELD_REQUIRED.test(hit.match[0]) || settingMissed(hit) !== undefined) &&
    !(hit.line.level === 'warning' && isUp(view, hit.log)),
  says: (hit) => `the environment variable \`${nameOf(hit)}\` is not set`,
  remedies: (hit, subject) => [
    change(
      `Set \`${settingMissed(hit) ?? hit.match.slice(1).find((part) => part) ?? 'the variable'}\` in the environment of ${subject.kind} ${subject.name}`,
    ),
  ],
});
