#!lua flags=no-writes
--[[
  How many entries a window has.

  KEYS[1]  state (hash), KEYS[2] entries (sorted set)
  ARGV[1]  version that the caller knows

  Returns { version, number of entries }, or { version } when the caller knows it.
]]
-- include boards/version-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
return { version, redis.call('ZCARD', KEYS[2]) }
