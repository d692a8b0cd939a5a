-- Ends a run, together with steps not journalled yet.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 epoch, 2 keep for (ms), 3 event data (JSON), 4 number n of record arguments, then n of field, value, …
--       (status among them), then field, value, event data (JSON), … one triple for each step
-- Returns: 1; 0 when this epoch ended the run before (a command sent again after a lost connection);
--          -1 when a newer delivery owns the run or it is final
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'status', 'endedBy')
if owner[3] == ARGV[1] then
  return 0
end
if owner[1] ~= ARGV[1] or owner[2] ~= 'running' then
  return -1
end
local n = tonumber(ARGV[4])
for i = 5 + n, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'step', 'data', ARGV[i + 2])
end
redis.call('HSET', KEYS[1], 'endedBy', ARGV[1], unpack(ARGV, 5, 4 + n))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'finished', 'data', ARGV[3])
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
redis.call('PUBLISH', KEYS[3], '')
return 1
