#!lua flags=no-writes
--[[
  A page of a window's entries from the first rank on.

  KEYS     as page-of.lua
  ARGV     as page-of.lua, then ARGV[4] entries to skip, ARGV[5] entries to return at most

  Returns what page-of.lua says, or { version } when the caller knows it.
]]
-- include boards/version-of.lua
-- include boards/page-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
return pageOf(version, tonumber(ARGV[4]), ARGV[4] + ARGV[5] - 1)
