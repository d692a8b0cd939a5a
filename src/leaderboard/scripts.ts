import { loadScript } from '../redis/script.ts';

/** The boards' Lua scripts; the header of each says what KEYS, ARGV and the answer are. */
export const scripts = {
  applyBest: loadScript('boards/apply-best.lua'),
  applySum: loadScript('boards/apply-sum.lua'),
  applyLatest: loadScript('boards/apply-latest.lua'),
  top: loadScript('boards/top.lua'),
  around: loadScript('boards/around.lua'),
  percentiles: loadScript('boards/percentiles.lua'),
  page: loadScript('boards/page.lua'),
} as const;
