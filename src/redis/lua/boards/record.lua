#!lua
--[[
  Writes down the record of a snapshot, if the snapshot and the record are still those it was made from; and drops what only an open
  window needs.

  KEYS[1]  state of the window (hash), KEYS[2] times of the window (hash), KEYS[3] snapshots without a record (sorted set)
  KEYS[4]  records (hash by number)
  ARGV[1]  id of the window, ARGV[2] number of its snapshot, ARGV[3] revision of the window that the record was made from
  ARGV[4]  the record before (JSON; empty: none), ARGV[5] the record (JSON)

  Returns 1, or 0 when something has changed.
]]
local state = redis.call('HMGET', KEYS[1], 'closed', 'revision')
if state[1] ~= ARGV[2] or state[2] ~= ARGV[3] then return 0 end
if (redis.call('HGET', KEYS[4], ARGV[2]) or '') ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[4], ARGV[2], ARGV[5])
redis.call('UNLINK', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1
