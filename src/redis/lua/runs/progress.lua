-- Notes how far a run is.
-- KEYS: 1 record (hash), 2 events (stream)
-- ARGV: 1 epoch, 2 progress (JSON)
-- Returns: 1, or -1 when a newer delivery owns the run or it is final
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if owner[1] ~= ARGV[1] or owner[2] ~= 'running' then
  return -1
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'type', 'progress', 'data', ARGV[2])
redis.call('PUBLISH', KEYS[2], '')
return 1
