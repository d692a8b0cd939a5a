-- Lets a failed run wait for delivery again; what it journalled stays.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- Returns: {} when there is no such run; {status} when it has not failed; {'queued', priority, traceparent} when put back
local fields = redis.call('HMGET', KEYS[1], 'status', 'priority', 'traceparent', 'deliveries')
if not fields[1] then
  return {}
end
if fields[1] ~= 'failed' then
  return {fields[1]}
end
redis.call('HDEL', KEYS[1], 'error', 'finishedAt', 'modeReason', 'output', 'outputDigest', 'cancel')
redis.call('HSET', KEYS[1], 'status', 'queued', 'mode', 'rules', 'deliveriesBefore', fields[4] or 0)
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
for i = 1, 3 do
  redis.call('PERSIST', KEYS[i])
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'type', 'queued', 'data', '{"retried":true}')
redis.call('PUBLISH', KEYS[3], '')
return {'queued', fields[2], fields[3]}
