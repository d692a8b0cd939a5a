#!lua flags=no-writes
--[[
  The entries of a set of players.

  KEYS     as page-of.lua
  ARGV     ARGV[1] to ARGV[3] as page-of.lua, then the players

  Returns { version, number of entries in the window, { sort key, ... }, { place (from 0), entries with a better score, different better
  scores, ... }, { metadata, ... } } or { version } when the caller knows it. Sort keys and metadata stand in the order of the players,
  false where there is none; the second list has three numbers for each player that has an entry.
]]
-- include boards/version-of.lua
local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
local unit = tonumber(ARGV[2])
local keys = redis.call('ZMSCORE', KEYS[2], unpack(ARGV, 4))
local standings = {}
for i, key in ipairs(keys) do
  if key then
    local signed = math.floor(tonumber(key) / unit)
    standings[#standings + 1] = redis.call('ZRANK', KEYS[2], ARGV[i + 3])
    standings[#standings + 1] = redis.call('ZCOUNT', KEYS[2], '-inf', string.format('(%.17g', signed * unit))
    standings[#standings + 1] = redis.call('ZCOUNT', KEYS[3], '-inf', string.format('(%.17g', signed))
  end
end
local metadata = ARGV[3] == '1' and redis.call('HMGET', KEYS[4], unpack(ARGV, 4)) or {}
return { version, redis.call('ZCARD', KEYS[2]), keys, standings, metadata }
