import type { Command } from 'commander';
import { say } from './io.ts';
import { configure, type Flags, modelOption } from './options.ts';
import { serve } from './serve.ts';
import { tellModel } from './up.ts';
import type { Wiring } from './wiring.ts';

/** `opsline worker`: takes runs and score batches from the queues. */
export function addWorker(program: Command, wiring: Wiring): void {
  program
    .command('worker')
    .description('take runs and score batches from the queues of REDIS_URL')
    .addOption(modelOption())
    .addHelpText('after', '\nWith OPSLINE_PROBES_PORT it answers /livez, /readyz and /metrics there, on OPSLINE_HOST.')
    .addHelpText('after', '\nExamples:\n  REDIS_URL=redis://redis:6379 OPSLINE_MODEL=openai:gpt-5-mini opsline worker')
    .action(async (flags: Flags) => {
      const config = configure(flags);
      await serve(wiring, { config, roles: ['worker'], embeddedRedis: false }, (service) => {
        say('opsline worker takes work');
        tellModel(service);
      });
    });
}
