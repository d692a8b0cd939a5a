import { plainCommand } from '../../../../src/evidence/prompt.ts';
import type { SceneLog } from '../../../../src/evidence/scene.ts';

/** systemd's words for a unit whose process ended badly. */
const UNIT_ENDED =
  /\bsystemd\[\d+\]: \S+: (?:(?:Main|Control) process exited, code=(?:killed|dumped|exited, status=[1-9])|Failed with result '|Start request repeated too quickly)/;
/** A container that runs in the foreground: what it prints is all that it says until it ends. */
const FOREGROUND = /^(?:docker|podman|nerdctl|ctr)(?: -\S+(?: [\w./]+)?| container)*? run\b(?!.*\s(?:-d|--detach)\b)/;
/** How a tool that checks others sums up that a check failed. */
const CHECKS_FAILED = /^(?:Status check results are ×|✗ .*\bcheck(?:s)? failed\b)/;
/** A program's last words, with an exit code that is none of success. */
const EXITS = /\b(?:exiting|exited|exit)\b[^.]{0,24}\b(?:code|status)\b[ :=]*[1-9]\d{0,2}\b/i;
/** How frameworks and trackers of errors say that nobody caught it: Spring's start, Python's last hook. */
const UNCAUGHT = /\bApplication run failed\b|^\s*mechanism\s+excepthook\b/;
/** So many lines from its end a log is still told as ending so. */
const LAST = 3;

/**
 * Whether a log of no known pod says itself that its program ended, or that what was checked failed: in words of systemd or of checks at or after a
 * line (an index in it), in what nobody caught anywhere, or in its end, where the line stands there: a container in the foreground, an exit code.
 */
export function endsAfter({ item, lines }: SceneLog, index: number): boolean {
  const said = lines.flatMap(({ raw }, at) => (raw.trim() === '' ? [] : [at]));
  const last = said.slice(-LAST);
  const after = lines.slice(index);
  if (after.some(({ raw }) => UNIT_ENDED.test(raw) || CHECKS_FAILED.test(raw.trim()))) return true;
  if (lines.some(({ raw }) => UNCAUGHT.test(raw))) return true;
  const command = plainCommand(item.command ?? '') ?? '';
  if (FOREGROUND.test(command) && last.includes(index)) return true;
  const end = lines[said.at(-1) ?? -1];
  return end !== undefined && last.includes(index) && EXITS.test(end.text);
}
