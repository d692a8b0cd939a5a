-- Lists a run as finished.
-- KEYS: 1 unfinished runs, 2 finished runs (sorted sets)
-- ARGV: 1 run id, 2 now (ms)
-- Returns: 1
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1
