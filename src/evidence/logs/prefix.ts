import { stampAt } from './time.ts';

const ANSI = /\u001b\[[0-9;]*[A-Za-z]/g;
const BARE_ANSI = /\[(?:\d{1,2})(?:;\d{1,2})*m/g;
/** `kubectl logs --prefix` writes `[pod/NAME/CONTAINER] `, docker compose `NAME-1  | `. */
const SOURCE = /^(?:\[((?:pod|container)\/[^\]\s]+)\]\s|([\w.-]+[-_]\d+) +\| ?)/;
/** The runtime's own format (CRI): time, stream, `F` for a full line and `P` for a part of one. */
const STREAM = /^(?:stdout|stderr) [FP] /;

/** A line without what collectors put before it. The indentation of what the program wrote stays. */
export interface Bare {
  readonly text: string;
  /** As the collector wrote it. */
  readonly time?: string;
  /** The pod and container, or the compose service, that the collector names. */
  readonly source?: string;
}

/**
 * Takes colours and the prefixes of `kubectl logs --timestamps --prefix`, docker compose and container runtimes off a line.
 * A time that only the program can have written is taken off as well: traces below it have none.
 */
export function barePart(line: string): Bare {
  let text = line.includes('[') ? line.replace(ANSI, '').replace(BARE_ANSI, '') : line;
  let source: string | undefined;
  const named = /^[[\w]/.test(text) ? SOURCE.exec(text) : null;
  if (named !== null) {
    source = named[1] ?? named[2];
    text = text.slice(named[0].length);
  }
  const stamp = stampAt(text);
  if (stamp === undefined) return source === undefined ? { text } : { text, source };
  const rest = text.slice(stamp.length);
  // One separator alone: a trace below keeps its indentation.
  const separated = /^[\s]/.test(rest);
  if (!separated && rest !== '') return source === undefined ? { text } : { text, source };
  text = rest.slice(1).replace(STREAM, '');
  return { text, time: stamp, ...(source === undefined ? {} : { source }) };
}
