/**
 * What makes Kyverno say which policies it drops: it does so in its verbose log alone, and ends with 0. The log also has a line
 * for each rule that denies an object.
 */
export const TELLING: readonly string[] = ['-v', '3'];

/**
 * What Kyverno said, run with {@link TELLING}, of a policy that it did not load, at most 1,000 characters; undefined where it
 * loaded all. Files are named in the log, and "Policies Skipped" and "Invalid Policies" list those with variables that are undefined or out of place.
 */
export function notLoaded(words: string): string | undefined {
  const text = words.replaceAll(/\u001b\[[0-9;]*m/g, '');
  const found = [
    /skipping invalid YAML file error="?(.*?)"? logger=/.exec(text)?.[1],
    /Non-fatal parsing error for single document error="?(.*?)"? logger=/.exec(text)?.[1],
    /(?:Policies Skipped|Invalid Policies):\s*\n((?:\d+\..*\n?)+)/.exec(text)?.[1]?.replace(/^\d+\. [^:]*: /, ''),
    /^Error: (failed to (?:apply|compile|load)[\s\S]*)/m.exec(text)?.[1],
  ].find((one) => one !== undefined);
  return found
    ?.replaceAll(/(?:failed to load )?\/\S*opsline-policy-[^\s:]*:? ?|failed to load file \S+: /g, '')
    .trim()
    .slice(0, 1_000);
}
