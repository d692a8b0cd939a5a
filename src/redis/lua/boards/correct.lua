#!lua
--[[
  Sets a player's entry in an open window by hand, and says so in the audit stream.

  KEYS[1]  open windows (sorted set), KEYS[2] entries (sorted set), KEYS[3] state (hash), KEYS[4] times (hash)
  KEYS[5]  metadata (hash), KEYS[6] scores (sorted set), KEYS[7] audit stream, KEYS[8] names of the audit stream (hash)
  ARGV[1]  id of the window, ARGV[2] player, ARGV[3] digest of the player, ARGV[4] who, ARGV[5] reason
  ARGV[6]  2^bits of the sort keys, ARGV[7] sign of scores in them, ARGV[8] 1 when dense ranks are kept
  ARGV[9]  entries the window keeps at most, or 0, ARGV[10] score (signed and scaled as in the sort key)
  ARGV[11] tie-break steps, ARGV[12] 1 when they replace those of an entry that is there
  ARGV[13] time of the event (Unix milliseconds) where times are kept, else empty
  ARGV[14] metadata (JSON; empty: none), ARGV[15] 1 when it replaces what is there
  ARGV[16] start of the window (Unix milliseconds), ARGV[17] milliseconds of a tie-break step, 0: there are none
  ARGV[18] where the window is to be opened if it has had no event yet: its end (Unix milliseconds, or +inf), else empty

  Returns 'done', 'closed', 'absent' when the window is not open and not to be opened, or 'full' when it keeps only better entries.
]]
-- include boards/keep-score.lua
-- include boards/audit.lua
-- include boards/time-of-entry.lua
local player, unit, most = ARGV[2], tonumber(ARGV[6]), tonumber(ARGV[9])
if redis.call('HEXISTS', KEYS[3], 'closed') == 1 then return 'closed' end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  if ARGV[18] == '' then return 'absent' end
  redis.call('ZADD', KEYS[1], ARGV[18], ARGV[1])
  redis.call('HSET', KEYS[3], 'events', 0)
end

local old = redis.call('ZSCORE', KEYS[2], player)
local steps = tonumber(ARGV[11])
if old and ARGV[12] == '0' then steps = old - math.floor(old / unit) * unit end
local new = tonumber(ARGV[10]) * unit + steps
local function timeOf(key)
  local moment = ARGV[13] ~= '' and redis.call('HGET', KEYS[4], player)
  return timeOfEntry(key, unit, ARGV[16], tonumber(ARGV[17]), moment)
end
local timeBefore = old and timeOf(old) or ''
local carried = redis.call('HGET', KEYS[5], player) or ''
redis.call('ZADD', KEYS[2], new, player)
if most > 0 and redis.call('ZCARD', KEYS[2]) > most then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  redis.call('ZREM', KEYS[2], last[1])
  if last[1] == player then return 'full' end
  redis.call('HDEL', KEYS[5], last[1])
  if ARGV[8] == '1' then keepScore(KEYS[2], KEYS[6], last[2], unit) end
end
if ARGV[13] ~= '' and (not old or ARGV[12] == '1') then redis.call('HSET', KEYS[4], player, ARGV[13]) end
if ARGV[15] == '1' then
  if ARGV[14] == '' then redis.call('HDEL', KEYS[5], player) else redis.call('HSET', KEYS[5], player, ARGV[14]) end
end
if ARGV[8] == '1' then
  keepScore(KEYS[2], KEYS[6], new, unit)
  if old then keepScore(KEYS[2], KEYS[6], old, unit) end
end
redis.call('HINCRBY', KEYS[3], 'revision', 1)
local function scoreOf(key) return string.format('%.0f', ARGV[7] * math.floor(key / unit) + 0) end
local id = audit(KEYS[7], KEYS[8], player, ARGV[3], 'who', ARGV[4], 'action', 'correct', 'window', ARGV[1],
  'from', old and scoreOf(old) or '', 'to', scoreOf(new), 'timeFrom', timeBefore, 'timeTo', timeOf(new), 'reason', ARGV[5])
if ARGV[15] == '1' and ARGV[14] ~= carried then
  keepMetadata(KEYS[8], ARGV[3], id, 'before', carried)
  keepMetadata(KEYS[8], ARGV[3], id, 'after', ARGV[14])
end
return 'done'
