#!lua flags=no-writes
--[[
  A page of a window's entries from the first rank on.

  KEYS     as page-of.lua
  ARGV     as page-of.lua, then ARGV[3] entries to skip, ARGV[4] entries to return at most

  Returns what page-of.lua says.
]]
-- include boards/page-of.lua
return pageOf(tonumber(ARGV[3]), ARGV[3] + ARGV[4] - 1)
