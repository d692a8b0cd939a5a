-- Takes a run for one delivery: from now on writes of older epochs are refused.
-- KEYS: 1 record (hash), 2 journal (hash), 3 events (stream)
-- ARGV: 1 now (RFC 3339), 2 pipeline version, 3 code revision
-- Returns: {-1} no such run; {0} the run is final;
--          {1, epoch, fields, journal} taken; {2, epoch, fields, journal} taken, but the journal is of other code:
--          call restart.lua next. fields: pipeline, input, traceparent, cancel, bytes, deliveries, deliveriesBefore,
--          codeVersion, codeRevision, restarts (as before this delivery); journal: field, value, field, value, …
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return {-1}
end
if status ~= 'queued' and status ~= 'running' then
  return {0}
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local deliveries = redis.call('HINCRBY', KEYS[1], 'deliveries', 1)
local fields = redis.call('HMGET', KEYS[1], 'pipeline', 'input', 'traceparent', 'cancel', 'bytes', 'deliveries',
  'deliveriesBefore', 'codeVersion', 'codeRevision', 'restarts')
redis.call('HSET', KEYS[1], 'status', 'running')
redis.call('HSETNX', KEYS[1], 'startedAt', ARGV[1])
local journal = deliveries > 1 and redis.call('HGETALL', KEYS[2]) or {}
local before = fields[8]
if before and (before ~= ARGV[2] or fields[9] ~= ARGV[3]) then
  return {2, epoch, fields, journal}
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'codeVersion', ARGV[2], 'codeRevision', ARGV[3])
redis.call('XADD', KEYS[3], '*', 'type', 'started', 'data', '{"delivery":' .. deliveries .. '}')
redis.call('PUBLISH', KEYS[3], '')
return {1, epoch, fields, journal}
