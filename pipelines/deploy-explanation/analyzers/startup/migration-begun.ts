import type { LogHit } from './log-errors.ts';

/** How tools say which migration they begin: Rails, Django, Alembic, Flyway, Entity Framework and Prisma, Liquibase. */
const BEGINS =
  /== \d+ (\w+): (?:migrating|reverting) =|\bApplying ([\w.]+)\.\.\.(?!\s*OK)|\bRunning upgrade \S* ?-> (\w+)|\bMigrating schema ["`[].+ to version "?([^"\n]+?)"?(?: \[|$)|\bApplying migration [`'"]([\w.-]+)|\bRunning Changeset: (\S+)/;
/** So many lines of a trace may stand between the beginning and the error. */
const REACH = 40;

/**
 * The migration that was begun right before the error of a log; undefined where none is named, or the program had gone on to other things
 * (Rails says of each that it is migrated).
 */
export function begunMigration({ log, index }: LogHit): string | undefined {
  const before = log.lines.slice(Math.max(0, index - REACH), index + 1);
  const at = before.findLastIndex(({ text }) => BEGINS.test(text));
  const wentOn = before
    .slice(at + 1, -1)
    .some(({ level, text }) => level === 'info' || /\w: (?:migrated|reverted) \(/.test(text));
  if (at === -1 || wentOn) return undefined;
  return BEGINS.exec(before[at]?.text ?? '')
    ?.slice(1)
    .find((part) => part !== undefined);
}
