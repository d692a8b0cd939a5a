#!lua flags=no-writes
--[[
  A player's entry with those before and behind it.

  KEYS     as page-of.lua
  ARGV     as page-of.lua, then ARGV[3] player, ARGV[4] entries wanted on either side

  Returns false when the player has no entry, else what page-of.lua says.
]]
-- include boards/page-of.lua
local rank = redis.call('ZRANK', KEYS[1], ARGV[3])
if not rank then return false end
return pageOf(math.max(0, rank - ARGV[4]), rank + ARGV[4])
