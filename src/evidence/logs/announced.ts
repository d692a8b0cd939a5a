import type { LogLine } from '../parse/log.ts';

/** A line that ends with a colon, perhaps before the class of the error (Ruby), only announces what stands below it. */
const ANNOUNCES = /:\s*(?:\([\w:.]+\))?$/;
/** Frames of a trace below an error are not what it announces. */
const FRAME = /^\s*(?:at |in |File "|#\d+ |\.\.\. \d+ more|goroutine \d)|^\S+:\d+:in [`']/;
/** Blank lines that may stand between. */
const GAP = 2;
/** Announcements that may stand below each other. */
const STEPS = 4;

/** What a line says, with the lines below that it announces; `last` is the line that it ends with. */
export interface Told {
  readonly text: string;
  readonly last: LogLine;
}

/**
 * What the line at `index` says: its text, cut to `max` characters, and, where it only announces (`decoding failed due to the following
 * error(s):`), the next lines until one that does not. An entry of its own (with a time or a level) below it is another matter.
 */
export function toldAt(lines: readonly LogLine[], index: number, max: number): Told {
  const first = lines[index];
  if (first === undefined) throw new RangeError(`no line at ${index}`);
  const said = [first.text.trim()];
  let last = first;
  for (let next = index + 1; said.length <= STEPS && ANNOUNCES.test(said.at(-1) ?? ''); next++) {
    const line = lines[next];
    if (line === undefined || line.n - last.n > GAP + 1) break;
    const text = line.text.trim();
    if (text === '') continue;
    if (line.time !== undefined || (line.level !== undefined && first.time !== undefined) || FRAME.test(line.text))
      break;
    said.push(text);
    last = line;
  }
  return { text: said.map((one) => one.slice(0, max)).join(' '), last };
}
