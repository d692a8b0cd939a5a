import { loadScript } from '../redis/script.ts';

/** The boards' Lua scripts; the header of each says what KEYS, ARGV and the answer are. */
export const scripts = {
  redefine: loadScript('boards/redefine.lua'),
  accept: loadScript('boards/accept.lua'),
  beginImport: loadScript('boards/begin-import.lua'),
  apply: loadScript('boards/apply.lua'),
  top: loadScript('boards/top.lua'),
  around: loadScript('boards/around.lua'),
  percentiles: loadScript('boards/percentiles.lua'),
  page: loadScript('boards/page.lua'),
} as const;
