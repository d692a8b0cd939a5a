import { change } from '../analyzer.ts';
import { logAnalyzer } from './log-analyzer.ts';
import { isUp, type LogHit } from './log-errors.ts';

// Words of levels stand where a name does, too.
const NAME =
  '["\'`$]?\\{?((?<![A-Z0-9_])(?!(?:ERROR|FATAL|WARN|WARNING|INFO|DEBUG|PANIC|CRITICAL|SEVERE)\\b)[A-Z][A-Z0-9]*_[A-Z0-9_]+|(?<![A-Z0-9_])(?!(?:ERROR|FATAL|WARN|WARNING|INFO|DEBUG|PANIC|CRITICAL|SEVERE)\\b)[A-Z]{4,})\\}?["\'`]?';
/** Below the name of a field: what pydantic says of one that is not given. */
const FIELD_REQUIRED = /^ +[Ff]ield required [[(]type=(?:missing|value_error\.missing)/;
/** The head of a list of variables, each on a line of its own below it. */
const LIST_HEAD =
  /(?:[Mm]issing|[Uu]nset|[Uu]ndefined)(?: required)? env(?:ironment)? ?var(?:iable)?s?:?\s*$|[Ee]nv(?:ironment)? ?var(?:iable)?s (?:are |were )?(?:missing|not set|required|undefined|unset)(?: but [\w ]+)?:\s*$/;
const LISTED = /^\s*(?:[-*•]\s*|\d+[.)]\s*)?["'`]?([A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{4,})["'`]?(?=\s*$|[\s:,(=-])/;
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
    // MicroProfile Config, as SmallRye and Helidon say it
    `[Cc]onfig property ([\\w."-]+) is required but it could not be found`,
    `Failed to Inject @ConfigProperty for key ([\\w."-]+) into`,
    `Requested value for configuration key '([\\w.-]+)' is not present`,
    FIELD_REQUIRED.source,
    LIST_HEAD.source,
  ].join('|'),
);

/** The variable by which a setting with dots is given, as Spring, MicroProfile and their like read it. */
function variableFor(name: string): string | undefined {
  return /^[a-z][\w-]*(?:[.-][\w-]+)+$/.test(name) ? name.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase() : undefined;
}

/** What is not set, in words. */
function unset(name: string): string {
  const variable = variableFor(name);
  return variable === undefined
    ? `the environment variable \`${name}\` is not set`
    : `the setting \`${name}\` (as an environment variable \`${variable}\`) is not given`;
}

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

/** The variables of a list below its head, up to the first line that names none. */
function listed({ log, index, match }: LogHit): readonly string[] {
  if (!LIST_HEAD.test(match[0])) return [];
  const below = log.lines.slice(index + 1, index + 1 + REACH).map(({ text }) => LISTED.exec(text)?.[1]);
  const end = below.indexOf(undefined);
  return below.slice(0, end === -1 ? below.length : end).flatMap((name) => name ?? []);
}

/** What is missing, as far as the log names it. */
function namesOf(hit: LogHit): readonly string[] {
  const below = listed(hit);
  if (below.length > 0) return below;
  return [settingMissed(hit) ?? hit.match.slice(1).find((part) => part) ?? []].flat();
}

/** What a program does instead, behind the words that a variable is not set: it goes on without. */
const INSTEAD =
  /^(?!\s*(?:error|fatal|panic)\b)(?!.*\b(?:must|required)\b).*\b(?:not set|unset|undefined|not defined|not found|missing|empty|not provided)\b[^\n,;:.()\u2013\u2014-]{0,30}(?:[,;:.(\u2013\u2014]|\s-)\s*[^\n]{0,60}?\b(?:using|uses|(?:will|going to) use|(?<!\b(?:no|without|have|has|a) )default(?:s|ing|ed)?|fall(?:s|ing)?[ -]?back|disabl(?:ed|ing)|skipp(?:ed|ing)|dropp(?:ed|ing)|ignor(?:ed|ing)|assum(?:ed|ing)|turned off|(?:is|are|stays?) off)\b/i;

export const environmentVariableMissing = logAnalyzer({
  kind: 'environment-variable-missing',
  title: 'The program misses an environment variable',
  about: 'The log says that a required environment variable (or placeholder) is not set.',
  remedy: 'Set the variable in the workload, or restore the ConfigMap or Secret that held it.',
  pattern: PATTERN,
  except: INSTEAD,
  confidence: 0.92,
  // A program that only warns of it, and is up, does without.
  holds: (hit, view) =>
    (!FIELD_REQUIRED.test(hit.match[0]) || settingMissed(hit) !== undefined) &&
    (!LIST_HEAD.test(hit.match[0]) || listed(hit).length > 0) &&
    !(hit.line.level === 'warning' && isUp(view, hit.log)),
  says: (hit) => {
    const names = namesOf(hit);
    return names.length > 1
      ? `the environment variables ${names.map((name) => `\`${name}\``).join(', ')} are not set`
      : unset(names[0] ?? hit.match[0]);
  },
  remedies: (hit, subject) => [
    change(
      `Set ${
        namesOf(hit)
          .map((name) => `\`${name}\``)
          .join(', ') || 'the variable'
      } in the environment of ${subject.kind} ${subject.name}`,
    ),
  ],
});
