/** Most expressions that are remembered. */
const MOST_EXPRESSIONS = 1_000;

/**
 * A parser that reads each expression once, and none of more than `mostCharacters`. It gives undefined where `parse` throws:
 * what cannot be read is left to others.
 */
export function rememberedParser<Node>(
  parse: (text: string) => Node,
  mostCharacters: number,
): (text: string) => Node | undefined {
  const known = new Map<string, Node | undefined>();
  const read = (text: string): Node | undefined => {
    if (text.length > mostCharacters) return undefined;
    try {
      return parse(text);
    } catch {
      return undefined;
    }
  };
  return (text) => {
    if (known.has(text)) return known.get(text);
    const node = read(text);
    if (known.size >= MOST_EXPRESSIONS) known.clear();
    known.set(text, node);
    return node;
  };
}
