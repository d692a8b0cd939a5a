import { strings } from '../../json.ts';
import { promptCommand } from '../prompt.ts';
import { commandOfTool } from '../tool-call.ts';
import { type Call, flat } from './call.ts';
import { callsIn } from './envelopes.ts';

/** What a logger or a console puts before a value. */
const HEAD = /^[^[{]{0,200}/;
/** What is shorter than this holds no call with arguments. */
const LEAST = 20;

/** The value that stands at a line's end, behind what a logger put before it. */
function valueIn(line: string, read: (text: string) => unknown): unknown {
  // A message of a logger may begin with its name in brackets.
  for (let at = HEAD.exec(line)?.[0].length ?? 0, tries = 0; tries < 4 && line.length - at > LEAST; tries++) {
    const value = read(line.slice(at).replace(/ \{ metadata: undefined \}$/, ''));
    if (value !== undefined) return value;
    const next = line.slice(at + 1).search(/[[{]/);
    if (next < 0 || next > 200) return undefined;
    at += 1 + next;
  }
  return undefined;
}

/**
 * Calls and results in lines of their own among other lines: the log of a server of tools, a console that prints events. None where nothing was
 * called that looks into a cluster, or commands of a shell stand above.
 */
export function loggedCalls(source: string, read: (text: string) => unknown): Call[] {
  const values: unknown[] = [];
  for (const line of source.split('\n')) {
    if (values.length === 0 && promptCommand(line) !== undefined) return [];
    if (!/[}\])]$/.test(line.trimEnd())) continue;
    const value = valueIn(line.trimEnd(), read);
    if (typeof value === 'object') values.push(value);
  }
  const calls = callsIn(values);
  const looks = ({ tool, given }: Call) => commandOfTool({ tool, params: strings(flat(given)) }) !== '';
  return calls.some(looks) ? calls : [];
}
