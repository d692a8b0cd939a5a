const THINGS =
  '(?:lines?|rows?|items?|entries|results?|objects?|records?|characters?|chars|bytes|pods?|events?|services?)';
/** What tools put where they left the rest of an answer out. */
const CUT = new RegExp(
  [
    String.raw`^\W{0,6}(?:(?:output|response|result|content|text|list|rest)\W{1,2}(?:was |is )?)?truncated\b.{0,80}$`,
    String.raw`^(?:\.{3}|…)?\W{0,3}(?:and |\+ ?)?\d+ (?:more|other|further) ${THINGS}\b.{0,40}$`,
    String.raw`^\W{0,6}\d+ (?:more )?${THINGS} (?:were |are )?(?:omitted|truncated|skipped|hidden|left out|not shown)\b.{0,40}$`,
    String.raw`^"?(?:is_?)?truncated"?\s*[:=]\s*true,?$`,
  ].join('|'),
  'i',
);
/** `Showing 20 of 64 pods` */
const SHOWN = /^\W{0,4}showing (?:the )?(?:first |last |top )?(\d+) (?:\w+ )?(?:of|out of) (\d+)\b/i;

/** Whether a line says that the rest was left out. */
export function saysCut(line: string): boolean {
  const said = line.trim();
  const [, shown, all] = SHOWN.exec(said) ?? [];
  return CUT.test(said) || (shown !== undefined && Number(shown) < Number(all));
}

/** Whether a line tells of the answer itself, whole or not, and is no part of it. */
export const tellsOfAnswer = (line: string): boolean => SHOWN.test(line.trim()) || CUT.test(line.trim());
