/**
 * One expression for the messages of a family: the same fault in the words of many programs. The flags of the first hold for all;
 * groups are numbered through.
 */
export function anyOf(first: RegExp, ...others: readonly RegExp[]): RegExp {
  return new RegExp([first, ...others].map(({ source }) => source).join('|'), first.flags);
}
