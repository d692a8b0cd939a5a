#!lua flags=no-writes
--[[
  Scores at percentiles, exact by rank (nearest-rank method): the lowest score that at least p % of the entries do not exceed.

  KEYS[1]   state (hash), KEYS[2] entries (sorted set)
  ARGV[1]   version that the caller knows
  ARGV[2]   1 when higher is better, so that the sorted set begins with the highest score, else 0
  ARGV[3 ...] percentiles in thousandths of a percent (integers from 0 to 100000)

  Returns { version, number of entries, sort key, ... }, one sort key for each percentile, as text, and none without entries; or
  { version } when the caller knows it.
]]
-- include boards/version-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
local count = redis.call('ZCARD', KEYS[2])
local reply = { version, count }
if count == 0 then return reply end
for i = 3, #ARGV do
  -- Products stay far below 2^53: ten million entries times 100000 are 10^12.
  local place = math.max(1, math.ceil(count * tonumber(ARGV[i]) / 100000))
  local index = ARGV[2] == '1' and count - place or place - 1
  reply[i] = redis.call('ZRANGE', KEYS[2], index, index, 'WITHSCORES')[2]
end
return reply
