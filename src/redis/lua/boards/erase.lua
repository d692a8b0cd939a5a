#!lua
--[[
  Deletes a player from one window. An open window loses the entry. In a closed one a name that no player can have takes its place,
  so that no other entry moves; the record of the snapshot is then to be made again.

  Entries of one sort key are ordered by the bytes of their names, so the new name must lie between those of its neighbours: it is
  that of the nearest living player before it with the same key (nothing when there is none), a byte 1, which stands before every
  byte of a name, and a rising number. Names behind that were made from the deleted player's are made anew.

  KEYS[1]  entries (sorted set), KEYS[2] state (hash), KEYS[3] times (hash), KEYS[4] metadata (hash), KEYS[5] scores (sorted set)
  KEYS[6]  last statistics (string), KEYS[7] snapshots without a record (sorted set)
  ARGV[1]  id of the window, ARGV[2] player, ARGV[3] 2^bits of the sort keys, ARGV[4] 1 when dense ranks are kept

  Returns 'open' or 'closed', whichever the window is, or 'absent' when the player has no entry.
]]
-- include boards/keep-score.lua
local entries, player = KEYS[1], ARGV[2]
redis.call('HDEL', KEYS[3], player)
redis.call('HDEL', KEYS[4], player)
local key = redis.call('ZSCORE', entries, player)
if not key then return 'absent' end
redis.call('UNLINK', KEYS[6])
redis.call('HINCRBY', KEYS[2], 'revision', 1)

local snapshot = redis.call('HGET', KEYS[2], 'closed')
if not snapshot then
  redis.call('ZREM', entries, player)
  if ARGV[4] == '1' then keepScore(entries, KEYS[5], key, tonumber(ARGV[3])) end
  return 'open'
end

local rank = redis.call('ZRANK', entries, player)
local living = ''
if rank > 0 then
  local before = redis.call('ZRANGE', entries, rank - 1, rank - 1, 'WITHSCORES')
  if before[2] == key then living = string.match(before[1], '^[^\1]*') end
end
local function rename(name)
  redis.call('ZREM', entries, name)
  redis.call('ZADD', entries, key, living .. '\1' .. string.format('%015d', redis.call('HINCRBY', KEYS[2], 'deleted', 1)))
end
rename(player)
local at, more = rank + 1, true
while more do
  local page = redis.call('ZRANGE', entries, at, at + 99, 'WITHSCORES')
  more = #page == 200
  for i = 1, #page, 2 do
    if page[i + 1] ~= key or not string.find(page[i], '\1', 1, true) then
      more = false
      break
    end
    rename(page[i])
  end
  at = at + 100
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'revisedAt', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('ZADD', KEYS[7], snapshot, ARGV[1])
return 'closed'
