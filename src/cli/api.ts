import type { Command } from 'commander';
import { say } from './io.ts';
import { configure, type Flags, integer } from './options.ts';
import { serve } from './serve.ts';
import type { Wiring } from './wiring.ts';

/** `opsline api`: the HTTP API without workers. */
export function addApi(program: Command, wiring: Wiring): void {
  program
    .command('api')
    .description('run the HTTP API; workers run elsewhere, on the same REDIS_URL')
    .option('--host <address>', 'address to listen on (OPSLINE_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for a free one (OPSLINE_PORT, default 7878)', integer(0, 65_535))
    .addHelpText('after', '\nExamples:\n  REDIS_URL=redis://redis:6379 opsline api --host 0.0.0.0 --port 8080')
    .action(async (flags: Flags) => {
      const config = configure(flags);
      await serve(wiring, { config, roles: ['api'], embeddedRedis: false }, (service) =>
        say(`opsline answers at ${service.url}`),
      );
    });
}
