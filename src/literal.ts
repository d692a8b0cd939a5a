/** A text as a regular expression that matches it alone. `RegExp.escape` does this from Node 24 on. */
export function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
