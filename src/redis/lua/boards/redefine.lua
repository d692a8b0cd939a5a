#!lua
--[[
  Replaces the definition of a board, unless somebody else did.

  KEYS[1]  definition (string, JSON)
  ARGV[1]  version that the new definition was made from, ARGV[2] the new definition

  Returns 1, or 0 when the board has another version.
]]
local current = redis.call('GET', KEYS[1])
if not current or (cjson.decode(current).version or 1) ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
