-- Lets a run start over under other code: its journal becomes what still holds.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 epoch, 2 pipeline version, 3 code revision, 4 restarts (JSON), 5 event data (JSON),
--       6… field, value, … of the new journal
-- Returns: 1, or -1 when a newer delivery owns the run or it is final
local owner = redis.call('HMGET', KEYS[1], 'epoch', 'status')
if owner[1] ~= ARGV[1] or owner[2] ~= 'running' then
  return -1
end
redis.call('DEL', KEYS[2])
for i = 6, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'codeVersion', ARGV[2], 'codeRevision', ARGV[3], 'restarts', ARGV[4])
redis.call('XADD', KEYS[3], '*', 'type', 'started', 'data', ARGV[5])
redis.call('PUBLISH', KEYS[3], '')
return 1
