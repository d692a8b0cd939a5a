#!lua flags=no-writes
--[[
  A player's entry with those before and behind it.

  KEYS[1]  entries (sorted set)
  ARGV[1]  player, ARGV[2] entries wanted on either side, ARGV[3] 2^bits of the window's sort keys

  Returns false when the player has no entry, else what top.lua returns.
]]
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
if not rank then return false end
local first = math.max(0, rank - ARGV[2])
local page = redis.call('ZRANGE', KEYS[1], first, rank + ARGV[2], 'WITHSCORES')
local unit = tonumber(ARGV[3])
local bound = string.format('(%.17g', math.floor(tonumber(page[2]) / unit) * unit)
return { redis.call('ZCARD', KEYS[1]), first, redis.call('ZCOUNT', KEYS[1], '-inf', bound), page }
