-- Writes the record of a new run, once.
-- KEYS: 1 record (hash), 2 events (stream)
-- ARGV: field, value, field, value, … of the record
-- Returns: 1 when written, 0 when the run exists already (nothing is changed)
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV))
redis.call('XADD', KEYS[2], '*', 'type', 'queued', 'data', '{}')
return 1
