/** A cut text without half a surrogate pair at either end, which no UTF-8 can hold. */
export function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}
