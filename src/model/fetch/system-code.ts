/** `ECONNREFUSED` and its like, out of the error that `fetch` or a client of it wraps around it. */
export function systemCode(error: unknown): string {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof Error; depth += 1) {
    const { code } = inner as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code)) return code;
    inner = inner instanceof AggregateError ? inner.errors[0] : inner.cause;
  }
  return 'no connection';
}
