import { isObject, text } from '../../json.ts';

const FATAL = /^(?:fatal|failed): \[[^\]]+\](?:(?: \(item=.*?\))?: (?:FAILED|UNREACHABLE)!| \(item=.*?\)) => (?=\{)/;
/** The answer of the API server as Python's client prints it, also as bytes. */
const ANSWER = /(?:HTTP response body: ?)?(b?)'?(\{"kind":"Status".*\})/s;

/** A message with what the API server says in the answer that stands in it. */
function withAnswer(message: string): string {
  const found = ANSWER.exec(message);
  const [, bytes = '', body = ''] = found ?? [];
  if (found === null || body === '') return message;
  try {
    const value: unknown = JSON.parse(bytes === '' ? body : body.replaceAll('\\\\', '\\'));
    const said = isObject(value) ? text(value.message) : undefined;
    return said === undefined ? message : `${message.slice(0, found.index).trim().replace(/:$/, '')}: ${said}`;
  } catch {
    return message;
  }
}

const RECAP = /^\S+ +: ok=\d+ .*unreachable=(\d+) +failed=(\d+)/;

/** The recap stands at the end, a line a host. */
const RECAP_LINES = 400;

/** What a module of Ansible says in the JSON of `fatal: [host]: FAILED! => {…}`: its error output, else its message; undefined for other lines. */
export function ansibleSays(line: string): string | undefined {
  const head = FATAL.exec(line);
  if (head === null || line.length > 20_000) return undefined;
  try {
    const value: unknown = JSON.parse(line.slice(head[0].length));
    if (!isObject(value)) return undefined;
    const [stderr, message] = [text(value.stderr)?.trim(), text(value.msg)?.trim()];
    return stderr !== undefined && stderr !== '' ? stderr : message === undefined ? undefined : withAnswer(message);
  } catch {
    return undefined;
  }
}

/** Whether the failure in this line was ignored, or the play went well all the same (rescued). */
export function ansibleWentOn(lines: readonly string[], index: number): boolean {
  if (/^\.\.\.ignoring/.test(lines[index + 1] ?? '')) return true;
  const recap = lines.slice(Math.max(index, lines.length - RECAP_LINES)).flatMap((line) => {
    const [, unreachable, failed] = RECAP.exec(line) ?? [];
    return failed === undefined ? [] : [unreachable === '0' && failed === '0'];
  });
  return recap.length > 0 && recap.every(Boolean);
}
