import { asArray, at, isObject, type Json, objects } from '../../json.ts';
import { type Call, commandIn, shellCall } from './call.ts';

/** Texts of a notebook are one, or a list of lines with their ends. */
const joined = (value: unknown): string => (typeof value === 'string' ? value : asArray(value).map(String).join(''));

function shown(output: Json): string {
  if (output.output_type === 'error') return joined(asArray(output.traceback).map((line) => `${String(line)}\n`));
  return joined(output.text ?? at(output, 'data', 'text/plain'));
}

/** The one command that a cell runs in a shell (`!kubectl …`, a line below `%%bash`). */
function commandOf(source: string): string | undefined {
  const lines = source.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const inShell = /^%%(?:bash|sh|script)\b/.test(lines[0] ?? '');
  const said = inShell ? lines.slice(1) : lines.map((line) => /^!(.*)$/.exec(line)?.[1] ?? '');
  return said.length === 1 ? commandIn(said[0]) : undefined;
}

/** What the cells of a Jupyter notebook (nbformat 4) printed, each behind its command. Undefined for anything else. */
export function notebookCalls(document: unknown): Call[] | undefined {
  if (!isObject(document) || !('nbformat' in document) || !Array.isArray(document.cells)) return undefined;
  return objects(document.cells).flatMap(({ cell_type, source, outputs }) => {
    const output = objects(outputs).map(shown).join('');
    if (cell_type !== 'code' || output.trim() === '') return [];
    const command = commandOf(joined(source));
    return [command === undefined ? { tool: 'notebook_cell', given: {}, output } : shellCall(command, output)];
  });
}
