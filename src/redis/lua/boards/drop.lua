#!lua
--[[
  Forgets a closed window, entries, record and all. That it was closed is known a while longer, for parts of batches that are applied
  only now: they must not open it again.

  KEYS[1]  closed windows (sorted set), KEYS[2] late events (hash), KEYS[3] snapshots without a record (sorted set)
  KEYS[4]  records (hash by number), KEYS[5] ends of what was dropped last (hash by kind), KEYS[6] state of the window (hash)
  then     its other keys
  ARGV[1]  id of the window, ARGV[2] its kind, ARGV[3] number of its snapshot, ARGV[4] seconds that it is still known as closed
  ARGV[5]  its end (Unix milliseconds)

  Returns 1, or 0 when there is no such snapshot.
]]
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0') ~= tonumber(ARGV[3]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[3])
local late = redis.call('HGET', KEYS[2], ARGV[1])
if late then
  redis.call('HINCRBY', KEYS[2], ARGV[2], late)
  redis.call('HDEL', KEYS[2], ARGV[1])
end
-- One number for each kind is all that is remembered for ever.
if tonumber(redis.call('HGET', KEYS[5], ARGV[2]) or '0') < tonumber(ARGV[5]) then redis.call('HSET', KEYS[5], ARGV[2], ARGV[5]) end
redis.call('UNLINK', unpack(KEYS, 6))
redis.call('HSET', KEYS[6], 'closed', ARGV[3], 'dropped', '1')
redis.call('EXPIRE', KEYS[6], ARGV[4])
return 1
