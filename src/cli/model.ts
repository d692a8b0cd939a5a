import type { Command } from 'commander';
import { createTicker, print, printJson, say } from './io.ts';
import { outputOption } from './options.ts';
import { table } from './table.ts';

/** `opsline model pull|ls`: the files of the embedded model, and what a provider offers. */
export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description('fetch embedded models, and list what can be asked')
    .addHelpText('after', '\nExamples:\n  opsline model ls\n  opsline model pull');

  model
    .command('pull')
    .description('download an embedded model into the cache and check its SHA-256')
    .argument('[name]', 'as `opsline model ls` calls it; default: the smallest')
    .action(async (name: string | undefined) => {
      const [{ pullModel }, { DEFAULT_MODEL }] = await Promise.all([
        import('../model/embedded/download.ts'),
        import('../model/embedded/catalog.ts'),
      ]);
      const wanted = name ?? DEFAULT_MODEL;
      const ticker = createTicker();
      try {
        const path = await pullModel(wanted, ticker.tell);
        ticker.clear();
        print(path);
      } finally {
        ticker.clear();
      }
    });

  model
    .command('ls')
    .description('list embedded models, whether they are here, and the models of the configured provider')
    .addOption(outputOption())
    .action(async (flags: { output: string }) => {
      const { listModels } = await import('../model/embedded/download.ts');
      const [models, offered] = await Promise.all([listModels(), providerModels()]);
      if (flags.output === 'json') return printJson([...models, ...offered]);
      const rows = models.map(({ name, bytes, here, path }) => [
        name,
        `${Math.round(bytes / 1e6)}`,
        here ? path : `not here: opsline model pull ${name}`,
      ]);
      print(table(['NAME', 'MB', 'FILE'], rows));
      if (offered.length > 0)
        print(
          `\n${table(
            ['PROVIDER', 'MODEL'],
            offered.map((one) => [one.provider, one.name]),
          )}`,
        );
    });
}

/** The models of the provider that the environment asks for; says on standard error why it does not list them. */
async function providerModels(): Promise<{ readonly name: string; readonly provider: string }[]> {
  const [{ resolveEndpoint, resolveModel, listAddress }, { listProviderModels, NoModelList }] = await Promise.all([
    import('../model/providers.ts'),
    import('../model/check.ts'),
  ]);
  const endpoint = resolveEndpoint(process.env);
  const resolved = resolveModel(process.env);
  if (endpoint === undefined && resolved.kind === 'none' && resolved.why !== 'off')
    say(`${resolved.reason}; mend it with: ${resolved.mend}`);
  if (endpoint === undefined || listAddress(endpoint) === undefined) return [];
  try {
    return (await listProviderModels(endpoint)).map((name) => ({ name, provider: endpoint.provider }));
  } catch (error) {
    if (!(error instanceof NoModelList)) throw error;
    say(`${error.message}; mend it with: ${error.mend}`);
    return [];
  }
}
