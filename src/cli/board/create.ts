import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { OpslineError } from '../../errors.ts';
import { Direction, Operator, Ties } from '../../leaderboard/definition.ts';
import { PERIODS } from '../../leaderboard/windows.ts';
import { boardPaths } from '../board-paths.ts';
import { printJson, say } from '../io.ts';
import { integer, outputOption, serverOption } from '../options.ts';
import { clientFor } from '../runs.ts';
import type { BoardFlags } from './shared.ts';

interface SettingFlags {
  readonly season?: { id: string; start: string; end: string }[];
  readonly zone?: string;
  readonly grace?: number;
  readonly keepWindows?: number;
  readonly keepDays?: number;
  readonly dense?: true;
  readonly dedupe?: 'id' | 'sequence';
  readonly dedupeHours?: number;
}

/** `opsline board create`. What is right and fits together is judged by the server. */
export function addCreate(board: Command): void {
  board
    .command('create')
    .description('make a board; boards never change')
    .argument('[id]', 'a-z, 0-9, _ and -; may stand in the file of --settings')
    .option('--settings <file>', 'a JSON file with settings; flags win over it')
    .addOption(
      new Option('--operator <operator>', 'what an entry keeps of a player’s events').choices(Operator.options),
    )
    .addOption(new Option('--direction <direction>', 'which score is better').choices(Direction.options))
    .option('--decimals <number>', 'digits after the point', integer(0, 6))
    .option('--min <score>', 'lowest score (for sum: total)', decimal)
    .option('--max <score>', 'highest score (for sum: total)', decimal)
    .addOption(new Option('--ties <ties>', 'who comes first among equal scores').choices(Ties.options))
    .option('--title <text>', 'what people call it')
    .option('--unit <text>', 'what a score counts, in the plural')
    .addOption(new Option('--windows <kinds...>', 'which standings it has (all day)').choices(PERIODS))
    .option('--zone <name>', 'IANA time zone of hours, days, weeks and months (UTC)')
    .option('--season <id=start/end>', 'a window of its own, may be given several times', season)
    .option('--grace <seconds>', 'how long windows take events after their end (3600)', integer(0, 315_360_000))
    .option('--keep-windows <number>', 'keep so many closed windows of each kind (100)', integer(1, 10_000))
    .addOption(
      new Option('--keep-days <number>', 'keep closed windows so long')
        .argParser(integer(1, 36_500))
        .conflicts('keepWindows'),
    )
    .option('--metadata-bytes <number>', 'size of the metadata an entry may carry', integer(0, 1024))
    .option('--max-entries <number>', 'keep only so many best entries', integer(1, 100_000_000))
    .option('--max-jump <change>', 'largest plausible change by one event; larger ones are noted', decimal)
    .option('--dense', 'keep dense ranks')
    .addOption(
      new Option('--dedupe <by>', 'count an event once that comes in several batches').choices(['id', 'sequence']),
    )
    .option('--dedupe-hours <number>', 'how long events are remembered (72)', integer(1, 720))
    .addOption(serverOption())
    .addOption(outputOption())
    .action(async (named: string | undefined, flags: BoardFlags & SettingFlags & { settings?: string }) => {
      const { server, output, settings: file, ...given } = flags;
      const { id = named, ...kept } = file === undefined ? { id: named } : await readSettings(file);
      const board = named ?? id;
      if (board === undefined)
        throw new OpslineError('invalid-input', 'Say the id of the board, or put it into the file.');
      const client = clientFor(server === undefined ? {} : { server });
      const body = { ...kept, ...settingsOf(given) };
      const made = await client.request('PUT', boardPaths.one(board), { body });
      if (output === 'json') printJson(made);
      else say(`The board ${board} is there.`);
    });
}

/** Flags as settings; those of the same name pass as they are. */
function settingsOf({
  season: seasons,
  zone,
  grace,
  keepWindows,
  keepDays,
  dense,
  dedupe,
  dedupeHours,
  ...rest
}: SettingFlags): object {
  if (dedupeHours !== undefined && dedupe === undefined) {
    throw new OpslineError('invalid-input', '--dedupe-hours needs --dedupe.');
  }
  const keep = keepWindows === undefined ? keepDays && { days: keepDays } : { windows: keepWindows };
  const settings = {
    seasons,
    timeZone: zone,
    graceSeconds: grace,
    keep,
    denseRanks: dense,
    dedupe: dedupe && { by: dedupe, ...(dedupeHours === undefined ? {} : { hours: dedupeHours }) },
    ...rest,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

const SettingsFile = z.looseObject({ id: z.string().optional() });

async function readSettings(file: string): Promise<z.infer<typeof SettingsFile>> {
  try {
    return SettingsFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why =
      cause instanceof SyntaxError || cause instanceof z.ZodError
        ? 'it is not a JSON object of settings'
        : String(cause);
    throw new OpslineError('invalid-input', `${file} cannot be used: ${why}.`, { cause });
  }
}

function season(text: string, before: { id: string; start: string; end: string }[] = []): typeof before {
  const [, id, start, end] = /^([^=]+)=([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (id === undefined || start === undefined || end === undefined) {
    throw new InvalidArgumentError('It must look like winter=2026-12-01T00:00:00Z/2027-03-01T00:00:00Z.');
  }
  return [...before, { id, start, end }];
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
