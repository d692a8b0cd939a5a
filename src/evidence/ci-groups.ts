/** Before every line of a job's log: GitHub Actions with seven digits of a second, GitLab with six and the stream. */
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6,7}Z (?:\d{2}[OE][+ ]?)?/;
const GROUP = /^##\[group\]/;
/** A command that asks a cluster. Commands of a step stand between the marks of its group. */
const ASKS =
  /(?:^|[\s;&|(])(?:kubectl|oc)\s+(?:\S+\s+){0,6}?(?:get|describe|logs|events|top)\b|(?:^|[\s;&|(])(?:argocd\s+app\s+get|helm\s+status|flux\s+get)\b/;
/** Lines of a group at most. */
const HEAD = 40;

/** Whether a line opens a step of GitHub Actions that asks a cluster: what follows is what it printed. */
export function asksCluster(lines: readonly string[], index: number): boolean {
  if (!GROUP.test(lines[index] ?? '')) return false;
  for (let next = index; next < Math.min(lines.length, index + HEAD); next++) {
    const line = lines[next] ?? '';
    if (ASKS.test(line)) return true;
    if (/^##\[endgroup\]/.test(line)) return false;
  }
  return false;
}

/** Whether a line opens a step of any kind. */
export const opensStep = (line: string): boolean => GROUP.test(line);

/**
 * The lines of a job's log without the times before them where a step asked a cluster: what it printed is read as in a terminal. Other
 * steps keep their times. The same lines, one by one.
 */
export function withoutStamps(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => STAMP.test(line) && GROUP.test(line.replace(STAMP, '')))) return lines;
  const bare = lines.map((line) => line.replace(STAMP, ''));
  let asking = false;
  return lines.map((line, index) => {
    if (GROUP.test(bare[index] ?? '')) asking = asksCluster(bare, index);
    return asking ? (bare[index] ?? '') : line;
  });
}
