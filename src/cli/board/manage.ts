import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { type AuditEntry, AuditPage } from '../../leaderboard/audit.ts';
import { Forgotten } from '../../leaderboard/forget.ts';
import { Entry } from '../../leaderboard/reads.ts';
import { SnapshotPage } from '../../leaderboard/snapshots.ts';
import { boardPaths } from '../board-paths.ts';
import { print, printJson, say } from '../io.ts';
import { integer, number, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import { table } from '../table.ts';

interface ManageFlags {
  readonly server?: string;
  readonly output: 'text' | 'json';
  readonly window: string;
  readonly player: string;
  readonly reason: string;
}

/** `opsline board snapshots|export|correct|remove|forget|audit`. */
export function addBoardManagement(board: Command): void {
  board
    .command('snapshots')
    .description('list closed windows, the one closed last first')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 100), 20)
    .option('--cursor <cursor>', 'as the page before gave it')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: ManageFlags & { limit: number; cursor?: string }) => {
      const query = { limit: flags.limit, cursor: flags.cursor };
      const page = SnapshotPage.parse(await clientFor(flags).request('GET', boardPaths.snapshots(id), { query }));
      if (flags.output === 'json') return printJson(page);
      if (page.snapshots.length === 0) return say(`${id} has no closed windows.`);
      const rows = page.snapshots.map((each) => [
        ...[String(each.number), each.window, String(each.entries), String(each.events), String(each.late)],
        ...[each.closedAt, each.checksum.slice(0, 12)],
      ]);
      print(table(['NUMBER', 'WINDOW', 'ENTRIES', 'EVENTS', 'LATE', 'CLOSED', 'SHA-256'], rows));
      if (page.cursor !== undefined) say(`More: --cursor ${page.cursor}`);
    });

  board
    .command('export')
    .description('print a whole window as NDJSON; its last line says whether it is whole and consistent')
    .argument('<id>')
    .option('--window <window>', 'all, day:2026-11-23, week:2026-W48, …', 'all')
    .addOption(serverOption())
    .action(async (id: string, flags: ManageFlags) => {
      await pipeline(await clientFor(flags).stream(boardPaths.export(id, flags.window)), process.stdout, {
        end: false,
      });
    });

  board
    .command('correct')
    .description('set a player’s entry in an open window')
    .argument('<id>')
    .requiredOption('--window <window>', 'all, day:2026-11-23, week:2026-W48, …')
    .requiredOption('--player <id>')
    .requiredOption('--score <number>', 'what the entry is to have', number)
    .option('--time <time>', 'when it counts as reached, RFC 3339; default: as before')
    .requiredOption('--reason <text>', 'why, for whoever reads the audit')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: ManageFlags & { score: number; time?: string }) => {
      const { window, player, score, time, reason } = flags;
      const body = { score, reason, ...(time === undefined ? {} : { time }) };
      const entry = Entry.parse(await clientFor(flags).request('PUT', boardPaths.entry(id, window, player), { body }));
      if (flags.output === 'json') printJson(entry);
      else say(`${player} has ${entry.score} in ${window}, rank ${entry.rank}.`);
    });

  board
    .command('remove')
    .description('take a player’s entry out of an open window')
    .argument('<id>')
    .requiredOption('--window <window>', 'all, day:2026-11-23, week:2026-W48, …')
    .requiredOption('--player <id>')
    .requiredOption('--reason <text>', 'why, for whoever reads the audit')
    .addOption(serverOption())
    .action(async (id: string, flags: ManageFlags) => {
      const { window, player, reason } = flags;
      await clientFor(flags).request('DELETE', boardPaths.entry(id, window, player), { query: { reason } });
      say(`${player} has no entry in ${window} any more.`);
    });

  board
    .command('forget')
    .description('delete a player from all windows; closed ones keep the place without the player')
    .argument('<id>')
    .requiredOption('--player <id>')
    .requiredOption('--reason <text>', 'why, for whoever reads the audit; do not name the player')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: ManageFlags) => {
      const query = { reason: flags.reason };
      const answer = await clientFor(flags).request('DELETE', boardPaths.player(id, flags.player), { query });
      const { open, closed } = Forgotten.parse(answer);
      if (flags.output === 'json') printJson({ open, closed });
      else say(`Deleted from ${open} open and ${closed} closed windows.`);
    });

  board
    .command('audit')
    .description('list what was changed by hand, newest first')
    .argument('<id>')
    .option('--limit <number>', 'at most this many', integer(1, 1000), 100)
    .option('--cursor <cursor>', 'as the page before gave it')
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (id: string, flags: ManageFlags & { limit: number; cursor?: string }) => {
      const query = { limit: flags.limit, cursor: flags.cursor };
      const page = AuditPage.parse(await clientFor(flags).request('GET', boardPaths.audit(id), { query }));
      if (flags.output === 'json') return printJson(page);
      if (page.entries.length === 0) return say(`Nothing was changed by hand on ${id}.`);
      const rows = page.entries.map((each) => [
        ...[each.at, each.who, each.action, each.window ?? '', each.player ?? '(deleted)'],
        ...[String(each.from ?? ''), String(each.to ?? ''), alsoChanged(each), each.reason],
      ]);
      print(table(['AT', 'WHO', 'ACTION', 'WINDOW', 'PLAYER', 'FROM', 'TO', 'AND', 'REASON'], rows));
      if (page.cursor !== undefined) say(`More: --cursor ${page.cursor}`);
    });
}

/** What else a change by hand changed: when the score counts as reached, and what the entry carries. */
function alsoChanged({ timeFrom, timeTo, metadataFrom, metadataTo }: AuditEntry): string {
  const json = (metadata: object | undefined): string => (metadata === undefined ? 'none' : JSON.stringify(metadata));
  const parts = [
    ...(timeFrom === undefined || timeFrom === timeTo ? [] : [`time ${timeFrom} → ${timeTo ?? 'none'}`]),
    ...(metadataFrom === undefined && metadataTo === undefined
      ? []
      : [`metadata ${json(metadataFrom)} → ${json(metadataTo)}`]),
  ];
  return parts.join('; ');
}
