import type { LogLine } from './parse/log.ts';

/** What `docker compose` and its like put before each line that a service prints: its name, mostly with a number. */
const SERVICE = /^([a-z0-9][a-z0-9._-]*?)(?:[-_]\d+)?\s+\| /;
const NUMBERED = /^([a-z0-9][a-z0-9._-]*?)[-_]\d+\s+\| /;
/** What it says itself: how a container ended, and what became of containers, networks and volumes. */
const ENDED = /^([a-z0-9][a-z0-9._-]*?)(?:[-_]\d+)? exited with code \d+\s*$/;
const OWN =
  /^Attaching to \S|^\[\+\] \w+ \d+\/\d+|^ \S? ?(?:Container|Network|Volume|Image) \S+ +\w+|^Gracefully stopping\b/;
const RUNNER = /^(?:(?:docker|podman|nerdctl) compose|(?:docker|podman)-compose)\b/;

/**
 * The lines of one text by the service that prints them; '' stands for lines that no service is named for. Undefined where the text is no
 * output of compose: neither its command nor every line nor a line of its own says so.
 */
export function composedLines(
  lines: readonly LogLine[],
  command: string | undefined,
): Map<string, LogLine[]> | undefined {
  const told = lines.filter(({ raw }) => raw.trim() !== '');
  const isOwn = ({ raw }: LogLine) => OWN.test(raw) || ENDED.test(raw);
  const whole = told.every((line) => SERVICE.test(line.raw) || isOwn(line));
  const some = told.some(({ raw }) => NUMBERED.test(raw));
  if (!some && !(whole && told.some(({ raw }) => SERVICE.test(raw)))) return undefined;
  if (!whole && !RUNNER.test(command ?? '') && !told.some(isOwn)) return undefined;
  const found = new Map<string, LogLine[]>();
  for (const line of told) {
    const name = (SERVICE.exec(line.raw) ?? ENDED.exec(line.raw))?.[1] ?? '';
    const own = found.get(name);
    if (own === undefined) found.set(name, [line]);
    else own.push(line);
  }
  return found;
}
