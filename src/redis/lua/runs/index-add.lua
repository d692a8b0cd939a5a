-- Lists a run as one that has not finished.
-- KEYS: 1 all runs, 2 runs of its pipeline, 3 unfinished runs, 4 finished runs (sorted sets)
-- ARGV: 1 run id, 2 now (ms)
-- Returns: 1
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
