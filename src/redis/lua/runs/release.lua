-- Gives a run back: it waits for another delivery.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 epoch, 2 bytes the run keeps now, 3… field, value, event data (JSON), … one triple for each step
-- Returns: 1; 0 when this epoch gave it back before (a command sent again after a lost connection);
--          -1 when a newer delivery owns the run or it is final
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'releasedBy')
if owner[3] == ARGV[1] then
  return 0
end
if owner[1] ~= ARGV[1] or owner[2] ~= 'running' then
  return -1
end
for i = 3, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'step', 'data', ARGV[i + 2])
end
redis.call('HSET', KEYS[1], 'status', 'queued', 'bytes', ARGV[2], 'releasedBy', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'queued', 'data', '{}')
redis.call('PUBLISH', KEYS[3], '')
return 1
