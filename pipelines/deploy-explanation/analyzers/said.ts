/** The first group of a match that took part in it. */
export function group(match: RegExpExecArray | undefined): string {
  return match?.slice(1).find((part) => part !== undefined) ?? '';
}

/** A line as a summary quotes it. */
export function quoted(text: string | undefined, length = 200): string {
  return `\`${(text ?? '').trim().replaceAll('`', "'").slice(0, length)}\``;
}
