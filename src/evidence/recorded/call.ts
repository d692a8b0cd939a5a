import { asArray, isObject, type Json, text } from '../../json.ts';
import { plainCommand } from '../prompt.ts';

/** A call of an agent's tool and what it brought; `output` is undefined until a result was found. */
export interface Call {
  readonly tool: string;
  readonly given: Json;
  output?: unknown;
}

/** A command of a shell as a call. */
export const shellCall = (command: string, output?: unknown): Call => ({
  tool: 'shell',
  given: { command },
  ...(output === undefined ? {} : { output }),
});

/** A command as recorders keep it: a text, or its words. Undefined for what is no command that evidence comes from. */
export function commandIn(value: unknown): string | undefined {
  const words = asArray(value);
  const said = words.length > 0 && words.every((word) => typeof word === 'string') ? words.join(' ') : value;
  const line = typeof said === 'string' ? said.trim() : '';
  return line === '' || line.includes('\n') || plainCommand(line) === undefined ? undefined : line;
}

/** The arguments with lists of plain values as texts: words of a command behind spaces, other lists behind commas. */
export function flat(given: Json): Json {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const words = asArray(value).map(text);
      // What a shell is called for.
      const parts =
        /^(?:\/bin\/)?(?:ba|z)?sh$/.test(words[0] ?? '') && /^-\w*c$/.test(words[1] ?? '') ? words.slice(2) : words;
      if (parts.length === 0 || parts.includes(undefined)) return [key, value];
      return [key, parts.join(/^(?:args|arguments|argv|cmd|command)$/i.test(key) ? ' ' : ',')];
    }),
  );
}

/** The line that names a call before its output, as `recorderCommand` reads it. */
export const callLine = ({ tool, given }: Call): string => JSON.stringify({ tool, arguments: flat(given) });

/** What one line of an output says of a call that brought nothing. */
export const FAILED = /^(?:error|timeout|timed out|traceback|exception|failed|tool error)\b/i;

/** The text of an output as far as it is one: a text, or parts of texts. */
function outputText(output: unknown): string | undefined {
  if (typeof output === 'string') return output;
  if (isObject(output)) return outputText(output.error ?? output.content ?? output.text ?? output.value);
  const parts = asArray(output);
  return parts.length === 1 ? outputText(parts[0]) : undefined;
}

/** Calls without those that failed in a line and were made again with the same arguments: that a tool stumbled is no evidence. */
export function withoutRetried<T extends Call>(calls: readonly T[]): T[] {
  const lastOf = new Map<string, number>();
  const keys = calls.map(({ tool, given }) => `${tool} ${JSON.stringify(given)}`);
  for (const [index, key] of keys.entries()) lastOf.set(key, index);
  return calls.filter(({ output }, index) => {
    if (lastOf.get(keys[index] ?? '') === index) return true;
    const said = outputText(output)?.trim() ?? '';
    return said.includes('\n') || !FAILED.test(said);
  });
}
