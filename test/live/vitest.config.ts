import { defineConfig } from 'vitest/config';

/** Smoke tests of what `npm test` cannot have: a real model. `vitest run --config test/live/vitest.config.ts` */
export default defineConfig({ test: { include: ['test/live/**/*.live.ts'], fileParallelism: false } });
