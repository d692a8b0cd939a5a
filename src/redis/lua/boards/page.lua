#!lua flags=no-writes
--[[
  One page of a scan over a window, with the revision at which it was read: pages of one revision fit together.

  KEYS[1]  entries (sorted set), KEYS[2] state (hash)
  ARGV[1]  entries to skip, ARGV[2] entries to return at most

  Returns { revision, events applied, number of entries, { player, sort key, ... } }, the first two as text or false.
]]
return {
  redis.call('HGET', KEYS[2], 'revision'),
  redis.call('HGET', KEYS[2], 'events'),
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1, 'WITHSCORES'),
}
