/** Metadata as it is kept: JSON, empty for none. Or what about it cannot be kept as it was sent; `lost`: it has something that JSON cannot say. */
export type KeptMetadata = { readonly text: string } | { readonly wrong: string; readonly lost?: true };

/** Metadata as it is kept, at most `most` bytes of JSON; or what is wrong with it, because nothing is changed silently. */
export function keptMetadata(metadata: object | undefined, most: number): KeptMetadata {
  if (metadata === undefined) return { text: '' };
  const text = textOf(metadata);
  if (text !== undefined && Buffer.byteLength(text) <= most) {
    // Only what JSON cannot say becomes null: a look at the numbers is needed where there is a null at all.
    if (text.includes('null') && !allFinite(metadata))
      return { wrong: 'holds a number that is too large to be kept', lost: true };
    return { text };
  }
  return {
    wrong:
      most === 0
        ? 'is not kept by the board: it was made without metadataBytes'
        : `is larger than the ${most} bytes of JSON that the board keeps`,
  };
}

/** Undefined for what is nested deeper than the stack. */
function textOf(metadata: object): string | undefined {
  try {
    return JSON.stringify(metadata);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(allFinite);
}
