#!lua flags=no-writes
--[[
  A player's entry with those before and behind it.

  KEYS     as page-of.lua
  ARGV     as page-of.lua, then ARGV[4] player, ARGV[5] entries wanted on either side

  Returns what page-of.lua says, { version } when the caller knows it, or { version, false } when the player has no entry.
]]
-- include boards/version-of.lua
-- include boards/page-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
local rank = redis.call('ZRANK', KEYS[2], ARGV[4])
if not rank then return { version, false } end
return pageOf(version, math.max(0, rank - ARGV[5]), rank + ARGV[5])
