#!lua flags=no-writes
--[[
  Scores at percentiles, exact by rank (nearest-rank method): the lowest score that at least p % of the entries do not exceed.

  KEYS[1]   entries (sorted set)
  ARGV[1]   1 when higher is better, so that the sorted set begins with the highest score, else 0
  ARGV[2 ...] percentiles in thousandths of a percent (integers from 0 to 100000)

  Returns { number of entries, sort key, ... }, one sort key for each percentile, as text; only the number 0 without entries.
]]
local count = redis.call('ZCARD', KEYS[1])
local reply = { count }
if count == 0 then return reply end
for i = 2, #ARGV do
  -- Products stay far below 2^53: ten million entries times 100000 are 10^12.
  local place = math.max(1, math.ceil(count * tonumber(ARGV[i]) / 100000))
  local index = ARGV[1] == '1' and count - place or place - 1
  reply[i] = redis.call('ZRANGE', KEYS[1], index, index, 'WITHSCORES')[2]
end
return reply
