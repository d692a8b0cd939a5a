-- Lists a new run as one that has not finished; one that is listed as finished stays so.
-- KEYS: 1 all runs, 2 runs of its pipeline, 3 unfinished runs, 4 finished runs (sorted sets)
-- ARGV: 1 run id, 2 now (ms)
-- Returns: 1 when listed as unfinished, 0 when it has finished (nothing is changed)
if redis.call('ZSCORE', KEYS[4], ARGV[1]) then
  return 0
end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
return 1
