#!lua flags=no-writes
--[[
  A page of a window's entries from the first rank on.

  KEYS[1]  entries (sorted set)
  ARGV[1]  entries to skip, ARGV[2] entries to return at most, ARGV[3] 2^bits of the window's sort keys

  Returns { number of entries, ordinal rank of the first returned minus one, entries with a better score than the first
  returned, { player, sort key, ... } }. Entries of one score have their sort keys in [score × 2^bits, (score + 1) × 2^bits).
]]
local page = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1, 'WITHSCORES')
local better = 0
if #page > 0 then
  local unit = tonumber(ARGV[3])
  local bound = string.format('(%.17g', math.floor(tonumber(page[2]) / unit) * unit)
  better = redis.call('ZCOUNT', KEYS[1], '-inf', bound)
end
return { redis.call('ZCARD', KEYS[1]), tonumber(ARGV[1]), better, page }
