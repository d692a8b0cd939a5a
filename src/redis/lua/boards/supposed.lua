#!lua flags=no-writes
--[[
  Where a score would stand that nobody needs to have.

  KEYS[1]  state (hash), KEYS[2] entries (sorted set), KEYS[3] scores (sorted set; empty where no dense ranks are kept)
  ARGV[1]  version that the caller knows, ARGV[2] score, ARGV[3] lowest sort key of the score, ARGV[4] lowest sort key of the next
           worse score (all signed as in the sort key)

  Returns { version, number of entries, entries with a better score, entries with it or a better one, different better scores }, or
  { version } when the caller knows it.
]]
-- include boards/version-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
return {
  version,
  redis.call('ZCARD', KEYS[2]),
  redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. ARGV[3]),
  redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. ARGV[4]),
  redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. ARGV[2]),
}
