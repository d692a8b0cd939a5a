#!lua
--[[
  Takes a player's entry out of an open window by hand, and says so in the audit stream.

  KEYS[1]  entries (sorted set), KEYS[2] state (hash), KEYS[3] times (hash), KEYS[4] metadata (hash), KEYS[5] scores (sorted set)
  KEYS[6]  audit stream, KEYS[7] names of the audit stream (hash)
  ARGV[1]  id of the window, ARGV[2] player, ARGV[3] digest of the player, ARGV[4] who, ARGV[5] reason
  ARGV[6]  2^bits of the sort keys, ARGV[7] sign of scores in them, ARGV[8] 1 when dense ranks are kept
  ARGV[9]  start of the window (Unix milliseconds), ARGV[10] milliseconds of a tie-break step, 0: there are none

  Returns 'done', 'closed', or 'absent' when the player has no entry.
]]
-- include boards/keep-score.lua
-- include boards/audit.lua
-- include boards/time-of-entry.lua
local player, unit = ARGV[2], tonumber(ARGV[6])
if redis.call('HEXISTS', KEYS[2], 'closed') == 1 then return 'closed' end
local old = redis.call('ZSCORE', KEYS[1], player)
if not old then return 'absent' end
local time = timeOfEntry(old, unit, ARGV[9], tonumber(ARGV[10]), redis.call('HGET', KEYS[3], player))
local carried = redis.call('HGET', KEYS[4], player)
redis.call('ZREM', KEYS[1], player)
redis.call('HDEL', KEYS[3], player)
redis.call('HDEL', KEYS[4], player)
if ARGV[8] == '1' then keepScore(KEYS[1], KEYS[5], old, unit) end
redis.call('HINCRBY', KEYS[2], 'revision', 1)
local id = audit(KEYS[6], KEYS[7], player, ARGV[3], 'who', ARGV[4], 'action', 'remove', 'window', ARGV[1],
  'from', string.format('%.0f', ARGV[7] * math.floor(old / unit) + 0), 'to', '', 'timeFrom', time, 'timeTo', '',
  'reason', ARGV[5])
keepMetadata(KEYS[7], ARGV[3], id, 'before', carried)
return 'done'
