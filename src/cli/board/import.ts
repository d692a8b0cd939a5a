import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Config, readConfig } from '../../config.ts';
import { OpslineError } from '../../errors.ts';
import type { ImportProgress, ImportResult } from '../../leaderboard/import/import.ts';
import type { RedisClient } from '../../redis/client.ts';
import { connect, waitForever } from '../../redis/connect.ts';
import { socketIn } from '../../redis/embedded.ts';
import { untilUsable } from '../../redis/usable.ts';
import { untilInterrupted } from '../interrupt.ts';
import { createTicker, printJson, say } from '../io.ts';
import { outputOption } from '../options.ts';

interface ImportFlags {
  readonly onInvalid: 'refuse' | 'skip';
  readonly abort?: true;
  readonly output: 'text' | 'json';
}

/** `opsline board import`. */
export function addBoardImport(board: Command): void {
  board
    .command('import')
    .description('bring in history: score events out of Parquet, CSV or NDJSON files')
    .argument('<id>')
    .argument('<files...>', '.parquet, .csv, .ndjson or .jsonl; the last three perhaps with .gz behind it')
    .addOption(
      new Option('--on-invalid <what>', 'when rows are no events: import nothing, or leave them out')
        .choices(['refuse', 'skip'])
        .default('refuse'),
    )
    .option('--abort', 'give an interrupted import up: what was applied stays, windows close without the rest')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Writes to Redis itself: REDIS_URL, else the private Redis of \`opsline up\` with the same OPSLINE_DATA (default .opsline).
Columns: player, score, time; where the board wants them id, or source and sequence; metadata. Needs the package @duckdb/node-api.
The same files again change nothing; an import that was interrupted goes on when it is run again.

Examples:
  opsline board import weekly-laps history.parquet
  REDIS_URL=redis://127.0.0.1:6379 opsline board import weekly-laps 2025.ndjson.gz 2026.ndjson.gz --on-invalid skip`,
    )
    .action(async (id: string, files: string[], flags: ImportFlags) => {
      const config = readConfig(process.env);
      const { abortImport, importFiles } = await import('../../leaderboard/import/import.ts');
      const url = findRedis(config);
      const redis = connect(waitForever(url));
      const interrupted = untilInterrupted();
      const ticker = createTicker();
      const options = {
        ...{ redis, prefix: config.prefix, board: id, files, onInvalid: flags.onInvalid },
        ...{ signal: interrupted.signal, onProgress: teller(ticker) },
      };
      const stopTelling = tellOfOutages(redis, ticker);
      try {
        await untilUsable(redis, url);
        if (flags.abort === true) {
          const wasUnderWay = await abortImport(options);
          ticker.clear();
          return say(
            wasUnderWay ? 'The import is given up. What it had applied stays.' : 'No such import is under way.',
          );
        }
        const result = await importFiles(options);
        ticker.clear();
        if (flags.output === 'json') printJson(result);
        else tell(result);
      } catch (error) {
        ticker.clear();
        if (!interrupted.signal.aborted) throw error;
        throw new OpslineError(
          'run-cancelled',
          'Interrupted. Run the same command again to go on where it stopped, or with --abort to give it up.',
        );
      } finally {
        interrupted.done();
        stopTelling();
        redis.disconnect();
      }
    });
}

/** The Redis of REDIS_URL, or the private one of an `opsline up` that runs with the same data folder. Throws `redis-unavailable` without either. */
function findRedis({ redisUrl, dataFolder, serverUrl }: Config): string {
  if (redisUrl !== undefined) return redisUrl;
  const folder = resolve(dataFolder);
  const socket = socketIn(folder);
  // A service elsewhere has a Redis elsewhere: the private one of this machine would be the wrong one.
  if (serverUrl === undefined && existsSync(socket)) return `unix://${socket}`;
  throw new OpslineError(
    'redis-unavailable',
    `An import writes to Redis itself: set REDIS_URL to the Redis of the service${
      serverUrl === undefined ? `, or start \`opsline up\` here (no Redis runs in ${folder})` : ' at OPSLINE_URL'
    }.`,
  );
}

/** Says when Redis goes away and when it is back, since an import waits for it however long that takes; returns how to stop. */
function tellOfOutages(redis: RedisClient, ticker: { clear(): void }): () => void {
  let away = false;
  const tell = (now: boolean, text: string): void => {
    if (away === now) return;
    away = now;
    ticker.clear();
    say(text);
  };
  const gone = (): void =>
    tell(true, 'Redis is away. The import waits, and goes on by itself once it is back; Ctrl-C ends it.');
  const back = (): void => tell(false, 'Redis is back.');
  redis.on('close', gone).on('ready', back);
  return () => void redis.off('close', gone).off('ready', back);
}

const count = (number: number): string => number.toLocaleString('en');

function teller(ticker: { tell(line: string): void }): (progress: ImportProgress) => void {
  const words = { digest: 'taking the digest', read: 'reading and checking', fold: 'reducing', load: 'loading' };
  const begun = performance.now();
  let step: ImportProgress['step'] | undefined;
  let since = 0;
  let told = 0;
  return ({ step: now, done, of }) => {
    const time = performance.now();
    // Lines in a file stay there: what is soon over needs none.
    if (process.stderr.isTTY !== true && time - begun < 10_000) return;
    if (step === now && done < of && time - told < 200) return;
    if (step !== now) since = time;
    step = now;
    told = time;
    const share = of === 0 ? 0 : done / of;
    const bar = '█'.repeat(Math.round(20 * share)).padEnd(20, '░');
    const rate = time > since + 500 && now === 'load' ? `, ${count(Math.round((1000 * done) / (time - since)))}/s` : '';
    const what = now === 'load' ? ` ${count(done)} of ${count(of)} entries${rate}` : '';
    ticker.tell(`${bar} ${String(Math.round(100 * share)).padStart(3)} % ${words[now]}${what}`);
  };
}

function tell(result: ImportResult): void {
  const { rows, events, invalid, repeated, windows, changes, late, before, seconds, issues } = result;
  if (before === 'all') say('These files were imported before; nothing was changed.');
  else {
    say(
      `${count(events)} events in ${count(changes)} entries of ${count(windows)} windows` +
        `${before === 'some' ? ', going on where an earlier run stopped' : ''}: ${seconds.total.toFixed(1)} s ` +
        `(${seconds.read.toFixed(1)} s reading, ${seconds.load.toFixed(1)} s loading), ${count(Math.round(rows / seconds.total))} rows/s.`,
    );
  }
  if (repeated > 0) say(`${count(repeated)} events came more than once and count once.`);
  if (late > 0) say(`${count(late)} times an event was counted as late, because its window is closed.`);
  if (invalid > 0) say(`${count(invalid)} rows are no events and were left out. The first:`);
  for (const { path, message } of issues) say(`  ${path}: ${message}`);
}
