import { levelOf } from './level.ts';
import { beginsTrace } from './trace.ts';

const TELLING =
  /error|exception|fatal|panic|fail|denied|refused|unable|cannot|could not|couldn't|not found|no such|timed? ?out|expired|invalid|missing|undefined|killed|unauthori[sz]ed|forbidden|traceback|abort|mismatch|exceeded|cancell?ed|conflict|must be replaced|will be destroyed|forces replacement|^Plan: |##\[|\berr\b|\bcrit|emerg|severe\b|out of memory|unavailable|unreachable|rejected|corrupt|segmentation|[EF]\d{4} \d\d:|"level": ?[56]0|\.rb:\d+:in /i;

/** Whether a raw line of a log may tell of a failure. Cheap: it is asked of every line. */
export function isTelling(raw: string): boolean {
  return TELLING.test(raw);
}

/** Whether a telling line, without prefixes, is an error by its level or its shape, and not only by a word in it. */
export function isError(text: string): boolean {
  const level = levelOf(text);
  return level === 'error' || level === 'fatal' || beginsTrace(text);
}
