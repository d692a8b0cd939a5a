/** What one engine call is given to judge; more is judged in several. The engines echo what they deny, so output grows with it. */
export const CALL_LIMITS = { objects: 1_000, bytes: 4 * 1024 * 1024 } as const;

/**
 * Splits `items`, order kept, into lists of at most `limits.objects` items and `limits.bytes` bytes of JSON together. A
 * single item that is larger stands alone.
 */
export function chunksOf<T>(items: readonly T[], limits: { objects: number; bytes: number } = CALL_LIMITS): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const own = Buffer.byteLength(JSON.stringify(item));
    const open = chunks.at(-1);
    if (open && open.length < limits.objects && bytes + own <= limits.bytes) {
      open.push(item);
      bytes += own;
    } else {
      chunks.push([item]);
      bytes = own;
    }
  }
  return chunks;
}
