#!lua flags=no-writes
--[[
  The places of several players in a window.

  KEYS[1]    entries (sorted set), KEYS[2] state (hash)
  ARGV[...]  players

  Returns { revision (text or false), number of entries, { place, ... } }; places count from 0 and are false without an entry.
]]
local places = {}
for i, player in ipairs(ARGV) do places[i] = redis.call('ZRANK', KEYS[1], player) end
return { redis.call('HGET', KEYS[2], 'revision'), redis.call('ZCARD', KEYS[1]), places }
