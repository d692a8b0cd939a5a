import { loadYaml } from '../parse/objects.ts';

/** A list of a tool that is longer is no answer of YAML. */
const MAX_CHARS = 512 * 1024;
/** How a map of a list, or one map alone, begins in YAML. */
const LIST = /^- (?:\{|[A-Za-z_][\w-]*:(?:\s|$))/;
const MAP = /^[A-Za-z_][\w-]*:(?:\s|$)/;

function loaded(lines: readonly string[], begins: RegExp): unknown {
  const first = lines.find((line) => line.trim() !== '' && line !== '---') ?? '';
  if (!begins.test(first) || lines.reduce((sum, line) => sum + line.length, 0) > MAX_CHARS) return undefined;
  try {
    return loadYaml(lines.join('\n'));
  } catch {
    return undefined;
  }
}

/** What a text holds that is a list in YAML; undefined for any other. */
export const yamlList = (lines: readonly string[]): unknown => loaded(lines, LIST);

/** What a text holds that is one map in YAML; undefined for any other. */
export const yamlMap = (lines: readonly string[]): unknown => loaded(lines, MAP);

/** The line with which each member of a list begins. */
export const yamlStarts = (lines: readonly string[]): number[] =>
  [...lines.entries()].flatMap(([index, line]) => (line.startsWith('- ') ? [index] : []));
