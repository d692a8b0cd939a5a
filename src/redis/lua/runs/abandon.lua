-- Ends a run that no delivery holds any more, whatever epoch it has.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 keep for (ms), 2 event data (JSON), 3… field, value, … of the record (status among them)
-- Returns: 1; 0 when the run is final; -1 when there is no such run
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return -1
end
if status ~= 'queued' and status ~= 'running' then
  return 0
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'finished', 'data', ARGV[2])
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
redis.call('PUBLISH', KEYS[3], '')
return 1
