import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Scope } from '../api/scopes.ts';
import type { TokenStore } from '../api/tokens.ts';
import type { Config } from '../config.ts';
import { OpslineError } from '../errors.ts';
import { print, printJson, say } from './io.ts';
import { configure, integer, outputOption } from './options.ts';
import { table } from './table.ts';

const DAY_MS = 86_400_000;

/** `opsline token create|ls|revoke`: works on Redis itself, so that the first token needs none. */
export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description('make, list and revoke bearer tokens of the API')
    .addHelpText(
      'after',
      `
Works on REDIS_URL, else on the private Redis of OPSLINE_DATA. As soon as one token exists, every request needs one.

Examples:
  opsline token create ci --scope runs:write --scope runs:read
  opsline token create leaderboard --scope boards:write --days 90
  opsline token revoke 3f1c9a7be2d04865`,
    );

  token
    .command('create')
    .description('make a token and print it, once')
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <scope>', `what it may do, repeatable: ${Scope.options.join(', ')}`, collect)
    .option('--days <number>', 'days until it expires (default: never)', integer(1, 3650))
    .addOption(outputOption())
    .action(async (name: string, flags: { scope: string[]; days?: number; output: string }) => {
      const scopes = flags.scope.map((scope) => {
        const known = Scope.safeParse(scope);
        if (known.success) return known.data;
        throw new OpslineError(
          'invalid-input',
          `There is no scope "${scope}". There are: ${Scope.options.join(', ')}.`,
        );
      });
      const expiresAt = flags.days === undefined ? undefined : new Date(Date.now() + flags.days * DAY_MS).toISOString();
      const made = await withTokens(configure({}), (tokens) =>
        tokens.create({ name, scopes, ...(expiresAt === undefined ? {} : { expiresAt }) }),
      );
      if (flags.output === 'json') return printJson(made);
      say(`Token ${made.info.id} for ${scopes.join(', ')}. It is shown only now:`);
      print(made.token);
    });

  token
    .command('ls')
    .description('list tokens, without their secrets')
    .addOption(outputOption())
    .action(async (flags: { output: string }) => {
      const infos = await withTokens(configure({}), (tokens) => tokens.list());
      if (flags.output === 'json') return printJson(infos);
      if (infos.length === 0) return say('There are no tokens: the API is open, on loopback only.');
      const rows = infos.map((info) => [
        info.id,
        info.name,
        info.scopes.join(','),
        info.createdAt,
        info.expiresAt ?? 'never',
      ]);
      print(table(['ID', 'NAME', 'SCOPES', 'CREATED', 'EXPIRES'], rows));
    });

  token
    .command('revoke')
    .description('make a token useless at once')
    .argument('<id>')
    .action(async (id: string) => {
      const { revoked, left } = await withTokens(configure({}), async (tokens) => ({
        revoked: await tokens.revoke(id),
        left: await tokens.any(),
      }));
      if (revoked && !left)
        return say(`Token ${id} is revoked. None is left: the API is open again, on loopback only.`);
      if (revoked) return say(`Token ${id} is revoked.`);
      throw new OpslineError('not-found', `There is no token ${id}. \`opsline token ls\` lists them.`);
    });
}

async function withTokens<T>(config: Config, work: (tokens: TokenStore) => Promise<T>): Promise<T> {
  const [{ openRedis }, { connect, waitForever }, { untilUsable }, { createRedisTokens }] = await Promise.all([
    import('../redis/open.ts'),
    import('../redis/connect.ts'),
    import('../redis/usable.ts'),
    import('../api/tokens.ts'),
  ]);
  const redis = await openRedis(config.redisUrl, config.dataFolder);
  if (config.redisUrl === undefined) {
    const idle = redis.alone ? ', which no opsline uses now' : '';
    say(`Tokens of the private Redis in ${resolve(config.dataFolder)}${idle}.`);
  }
  const connection = connect({ ...waitForever(redis.url), commandTimeout: 5000 });
  try {
    await untilUsable(connection, redis.url);
    return await work(createRedisTokens(connection, config.prefix));
  } finally {
    connection.disconnect();
    await redis.close();
  }
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
