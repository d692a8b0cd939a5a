#!lua
--[[
  Takes a batch off the list of pending ones whose gate has expired: no part of it can be applied any more.

  KEYS[1]  batch gate (hash), KEYS[2] pending batches (sorted set)
  ARGV[1]  the batch's name among the pending ones

  Returns how many were taken off.
]]
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
