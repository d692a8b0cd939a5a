import { jsonObject } from '../tool-call.ts';

/** The line in which a recorder keeps how a call went: what it ran, its exit code and, where that was not 0, all that it printed. */
const RESULT = /^\{(?=.*"schema_version")(?=.*"error": ?").*\}$/;
/** What the recorder itself puts before the output of a command that failed. */
const FRAME =
  /^Command [`'"][\s\S]{0,4000}?[`'"] (?:failed with (?:return|exit) code -?\d+|timed out after [^\n]{1,40})\n(?:(?:Output|stdout|stderr):[ \n]?)?/;
const MAX_LINE = 64 * 1024;

/**
 * A recording in which what failed commands printed (`Error from server (Forbidden): …`) stands below the line that holds it in a member, as the
 * output of the others does. Undefined where there is none.
 */
export function failuresPrinted(source: string): string | undefined {
  if (!source.includes('"schema_version"')) return undefined;
  const lines = source.split('\n').flatMap((line) => {
    const error = line.length <= MAX_LINE && RESULT.test(line) ? jsonObject(line)?.error : undefined;
    const said = typeof error === 'string' ? error.replace(FRAME, '').trim() : '';
    return said === '' ? [line] : [line, said];
  });
  const printed = lines.join('\n');
  return printed === source ? undefined : printed;
}
