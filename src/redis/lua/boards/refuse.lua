#!lua
--[[
  Writes down that a part of a batch cannot be applied, for whoever asks after the batch. Once nothing more will happen to the batch
  by itself, windows need not wait for it any longer: it is pending no more.

  KEYS[1]  batch gate (hash), KEYS[2] pending batches (sorted set)
  ARGV[1]  number of the part, ARGV[2] why, ARGV[3] the batch's name among the pending ones

  Returns 'refused'; 'applied' when somebody else applied the part meanwhile, and 'expired' when the gate no longer exists: then
  nothing is written down.
]]
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('ZREM', KEYS[2], ARGV[3])
  return 'expired'
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'applied' end
if redis.call('HSET', KEYS[1], 'refused:' .. ARGV[1], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[1], 'refused', 1) end
local counts = redis.call('HMGET', KEYS[1], 'applied', 'refused', 'parts')
if (tonumber(counts[1]) or 0) + counts[2] >= tonumber(counts[3]) then redis.call('ZREM', KEYS[2], ARGV[3]) end
return 'refused'
