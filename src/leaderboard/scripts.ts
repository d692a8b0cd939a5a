import { loadScript } from '../redis/script.ts';

/** The boards' Lua scripts; the header of each says what KEYS, ARGV and the answer are. */
export const scripts = {
  redefine: loadScript('boards/redefine.lua'),
  accept: loadScript('boards/accept.lua'),
  beginImport: loadScript('boards/begin-import.lua'),
  apply: loadScript('boards/apply.lua'),
  refuse: loadScript('boards/refuse.lua'),
  top: loadScript('boards/top.lua'),
  after: loadScript('boards/after.lua'),
  around: loadScript('boards/around.lua'),
  friends: loadScript('boards/friends.lua'),
  supposed: loadScript('boards/supposed.lua'),
  movers: loadScript('boards/movers.lua'),
  percentiles: loadScript('boards/percentiles.lua'),
  count: loadScript('boards/count.lua'),
  page: loadScript('boards/page.lua'),
  seal: loadScript('boards/seal.lua'),
  expirePending: loadScript('boards/expire-pending.lua'),
  record: loadScript('boards/record.lua'),
  drop: loadScript('boards/drop.lua'),
  scan: loadScript('boards/scan.lua'),
  correct: loadScript('boards/correct.lua'),
  remove: loadScript('boards/remove.lua'),
  forget: loadScript('boards/forget.lua'),
  erase: loadScript('boards/erase.lua'),
} as const;
