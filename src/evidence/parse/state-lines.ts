import type { Json } from '../../json.ts';
import type { CommandHints } from '../command.ts';
import { NAMELESS } from './container.ts';

/** A command that prints members of pods in lines of somebody's own making. */
const PRINTS = /\|\s*jq\s+(?:-\w+\s+)*-?\w*r|-o[ =]?['"]?(?:jsonpath|go-template)/;
/** `web-0 CrashLoopBackOff …`, `shop/web-0: ImagePullBackOff - …`: a name, why a container waits, and what is said of it. */
const LINE =
  /^(?:([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)[\s:,;|=-]+(CrashLoopBackOff|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError|OOMKilled)\b[\s:,;|-]*(.*)$/;

/** Pods in such lines, of a command that asks for pods; each with its line. Empty for any other text. */
export function stateLines(
  lines: readonly string[],
  command: string,
  hints: CommandHints | undefined,
): { readonly object: Json; readonly index: number }[] {
  if (hints?.verb !== 'get' || hints.kind !== 'Pod' || !PRINTS.test(command)) return [];
  return lines.flatMap((line, index) => {
    const [, space, name, reason, message = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const namespace = space ?? hints.namespace;
    const told = { reason, ...(message.trim() === '' ? {} : { message: message.trim() }) };
    const state = reason === 'OOMKilled' ? { terminated: { ...told, exitCode: 137 } } : { waiting: told };
    const status = { containerStatuses: [{ name: NAMELESS, ready: false, restartCount: 0, state }] };
    return [
      { object: { kind: 'Pod', metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status }, index },
    ];
  });
}
