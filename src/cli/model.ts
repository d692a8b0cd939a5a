import type { Command } from 'commander';
import { createTicker, print, printJson, say } from './io.ts';
import { outputOption } from './options.ts';

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
      const { pullModel, listModels } = await import('../model/embedded/download.ts');
      const wanted = name ?? (await listModels())[0]?.name ?? '';
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
      if (models.length === 0) return say('No embedded models are known.');
      print(JSON.stringify(models, null, 2));
    });
}
