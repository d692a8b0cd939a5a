import type { Command } from 'commander';
import { say } from './io.ts';
import { configure, type Flags, integer, modelOption } from './options.ts';
import { serve } from './serve.ts';
import type { Service, Wiring } from './wiring.ts';

/** `opsline up`: everything in one process. */
export function addUp(program: Command, wiring: Wiring): void {
  program
    .command('up')
    .description('run everything in one process: API, workers, a private Redis and the embedded model')
    .option('--host <address>', 'address to listen on (OPSLINE_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for a free one (OPSLINE_PORT, default 7878)', integer(0, 65_535))
    .option('--data <folder>', 'folder of the private Redis (OPSLINE_DATA, default .opsline)')
    .addOption(modelOption())
    .addHelpText(
      'after',
      `
The private Redis is used unless REDIS_URL names another; servers of one data folder share it, and the last
one stops it. The address is printed on standard output once it answers.

Examples:
  opsline up
  opsline up --port 0 --model none
  REDIS_URL=redis://127.0.0.1:6379 OPSLINE_MODEL=openai:gpt-5-mini opsline up`,
    )
    .action(async (flags: Flags) => {
      const config = configure(flags);
      await serve(wiring, { config, roles: ['api', 'worker'], embeddedRedis: true, onProgress: say }, (service) => {
        say(`opsline answers at ${service.url}: API reference at /docs, queues at /queues, metrics at /metrics`);
        tellModel(service);
      });
    });
}

/** Says when the model can be asked, or why not. */
export function tellModel(service: Service): void {
  service.predictor?.loaded.then((result) =>
    say(result.ok ? `model: ${result.model}` : `model: none, runs use their rules (${result.reason})`),
  );
}
