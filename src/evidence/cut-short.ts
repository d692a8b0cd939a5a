import type { EvidenceItem } from './model.ts';
import { saysCut } from './parse/cut-line.ts';
import { isLogCommand } from './split.ts';

const EDGE = 4;

/** The line of a tool's answer, near its end or head, that says that not all of it is here. A log is read as far as it goes. */
export function cutShort({ command, text, source }: EvidenceItem): string | undefined {
  if (command === undefined || isLogCommand(command) || source.kind === 'git') return undefined;
  const lines = text.split('\n').filter((line) => line.trim() !== '' && line.length < 300);
  const edges = lines.length > 2 * EDGE ? [...lines.slice(0, EDGE), ...lines.slice(-EDGE)] : lines;
  return edges.find(saysCut);
}
