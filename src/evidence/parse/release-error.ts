import type { Message } from '../messages.ts';
import { plainLine } from './ci.ts';

/** How Terraform begins an error, in its box or without colours and box. */
const OPENS = /^(?:│ )?Error: (.+)/;
/** The address that it gives below: a release that the Helm provider manages. */
const RELEASE = /^(?:│ )?\s*with ((?:[\w.[\]"/-]+\.)?helm_release\.[\w.[\]"/-]+),\s*$/;
const BELOW = 12;

/**
 * What Helm says, where Terraform's provider for it passes it on: the error of a line, with the resource as its object. Undefined for lines
 * that open no such error.
 */
export function releaseError(
  lines: readonly string[],
  index: number,
): Pick<Message, 'text' | 'origin' | 'reason' | 'object'> | undefined {
  const said = lines[index]?.includes('Error: ') ? OPENS.exec(plainLine(lines[index] ?? ''))?.[1] : undefined;
  if (said === undefined) return undefined;
  const below = lines.slice(index + 1, index + 1 + BELOW).map(plainLine);
  const end = below.findIndex((line) => OPENS.test(line));
  const [name] = below.slice(0, end < 0 ? undefined : end).flatMap((line) => RELEASE.exec(line)?.[1] ?? []);
  return name === undefined
    ? undefined
    : { text: said, origin: 'output', reason: '', object: { kind: 'TerraformResource', name } };
}
