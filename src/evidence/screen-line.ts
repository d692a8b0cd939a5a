/** Moves of the cursor within its line (ECMA-48: CUB, CUF, EL), one that goes back, or what is printed. */
const STEP = /\u001b\[(\d*)([CDK])|\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)|([\s\S])/gu;
/** No screen is as wide, and no one types as much. */
const MAX_WIDTH = 4000;

/** What a line shows on which somebody went back to write over it (`kubetcl`, three backspaces, …). Any other line as it is. */
export function asShown(line: string): string {
  if (!line.includes('\b') || line.length > MAX_WIDTH) return line;
  const cells: string[] = [];
  let at = 0;
  for (const [, count = '', move, sign] of line.matchAll(STEP)) {
    const by = count === '' ? 1 : Math.min(Number(count), MAX_WIDTH);
    if (sign === '\b' || move === 'D') at = Math.max(0, at - (sign === '\b' ? 1 : by));
    else if (move === 'C') at = Math.min(cells.length, at + by);
    else if (move === 'K' && (count === '' || count === '0')) cells.length = Math.min(cells.length, at);
    else if (sign === '\r') at = 0;
    else if (sign !== undefined && sign !== '\u0007') cells[at++] = sign;
  }
  return cells.join('');
}
