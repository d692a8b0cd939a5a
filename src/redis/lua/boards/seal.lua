#!lua
--[[
  Closes a window whose time of grace is over: from here on it takes nothing, and its sorted set is the snapshot. Everything that
  was asked before is asked again in here, by the clock of Redis, so that any number of callers close it once. A pending batch of time
  0 is an import, which may hold events of any window however old: none closes while it goes on.

  KEYS[1]  open windows (sorted set), KEYS[2] closed windows (sorted set), KEYS[3] pending batches (sorted set)
  KEYS[4]  state of the window (hash), KEYS[5] late events (hash), KEYS[6] snapshots without a record (sorted set)
  KEYS[7]  number of the last snapshot (string)
  ARGV[1]  id of the window, ARGV[2] when what is accepted is late for it (Unix milliseconds)
  ARGV[3]  how long behind that it stays open for clocks that differ, ARGV[4] how long batches that are not applied may hold it back
           (both milliseconds), ARGV[5] when the first batch may have been accepted that holds events of it (Unix milliseconds)

  Returns the number of its snapshot, also when it was closed before; or 'early', 'held', or 'gone' when it is not open.
]]
local closed = redis.call('HGET', KEYS[4], 'closed')
if closed then return tonumber(closed) end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'gone' end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local late = tonumber(ARGV[2])
if now < late + ARGV[3] then return 'early' end
if redis.call('ZCOUNT', KEYS[3], 0, 0) > 0 then return 'held' end
if now < late + ARGV[4] and redis.call('ZCOUNT', KEYS[3], ARGV[5], '(' .. ARGV[2]) > 0 then return 'held' end

local number = redis.call('INCR', KEYS[7])
redis.call('HSET', KEYS[4], 'closed', number, 'closedAt', now, 'late', redis.call('HGET', KEYS[5], ARGV[1]) or '0')
-- Whoever kept a page of the open window learns that there is another one.
redis.call('HINCRBY', KEYS[4], 'revision', 1)
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[2], number, ARGV[1])
redis.call('ZADD', KEYS[6], number, ARGV[1])
return number
