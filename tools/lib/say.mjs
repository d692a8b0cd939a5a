/** One line of talk on standard error, where it never mixes with results. */
export function say(line) {
  process.stderr.write(`opsline: ${line}\n`);
}

/** Milliseconds as a person reads them: `0.4 s`, `12.3 s`, `3 min 20 s`. */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
