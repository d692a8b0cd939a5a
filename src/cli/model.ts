import type { Command } from 'commander';
import { createTicker, print, printJson } from './io.ts';
import { outputOption } from './options.ts';
import { table } from './table.ts';

/** `opsline model pull|ls`: the files of the embedded model. */
export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description('fetch and list embedded models')
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
    .description('list embedded models and whether they are here')
    .addOption(outputOption())
    .action(async (flags: { output: string }) => {
      const { listModels } = await import('../model/embedded/download.ts');
      const models = await listModels();
      if (flags.output === 'json') return printJson(models);
      const rows = models.map(({ name, bytes, here, path }) => [
        name,
        `${Math.round(bytes / 1e6)}`,
        here ? path : 'not here: opsline model pull',
      ]);
      print(table(['NAME', 'MB', 'FILE'], rows));
    });
}
