#!lua
--[[
  Notes that a player is to be deleted from all windows of a board, once while that is going on, and says so in the audit stream, which
  forgets the player's name.

  KEYS[1]  deletions going on (set), KEYS[2] audit stream, KEYS[3] names of the audit stream (hash)
  ARGV[1]  player, ARGV[2] digest of the player, ARGV[3] who, ARGV[4] reason

  Returns 1, or 0 when the deletion was going on.
]]
-- include boards/audit.lua
if redis.call('SADD', KEYS[1], ARGV[1]) == 0 then return 0 end
audit(KEYS[2], KEYS[3], '', ARGV[2], 'who', ARGV[3], 'action', 'forget', 'window', '', 'from', '', 'to', '', 'reason', ARGV[4])
return 1
