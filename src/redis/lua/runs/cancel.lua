-- Wants a run cancelled: flags it and tells the workers; one that waits is cancelled at once.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 run id, 2 channel of cancellations, 3 keep for (ms), 4 event data (JSON),
--       5… field, value, … of a cancelled record (status among them)
-- Returns: {} when there is no such run; else {status before, status now}
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return {}
end
if status == 'queued' then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'cancel', '1', unpack(ARGV, 5))
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'finished', 'data', ARGV[4])
  for i = 1, 3 do
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
  redis.call('PUBLISH', KEYS[3], '')
  return {status, 'cancelled'}
end
if status == 'running' then
  redis.call('HSET', KEYS[1], 'cancel', '1')
  redis.call('PUBLISH', ARGV[2], ARGV[1])
end
return {status, status}
