#!lua flags=no-writes
--[[
  The first entries of a window beside those of the window before it.

  KEYS[1]  state (hash), KEYS[2] entries (sorted set), KEYS[3] and KEYS[4] the same of the window before
  ARGV[1]  versions that the caller knows, ARGV[2] number of first entries

  Returns { versions of both windows joined by ~, entries in the window, entries in the one before, { player, sort key, ... } of the
  first entries now, { place before, ... } of these players, { player, ... } of the first entries before, { place now, ... } of these
  players }, or { versions } when the caller knows them. Places count from 0 and are false where there is no entry.
]]
-- include boards/version-of.lua
local version = versionOf(KEYS[1]) .. '~' .. versionOf(KEYS[3])
if version == ARGV[1] then return { version } end
local first = redis.call('ZRANGE', KEYS[2], 0, ARGV[2] - 1, 'WITHSCORES')
local placesBefore = {}
for i = 1, #first, 2 do placesBefore[#placesBefore + 1] = redis.call('ZRANK', KEYS[4], first[i]) end
local firstBefore = redis.call('ZRANGE', KEYS[4], 0, ARGV[2] - 1)
local placesNow = {}
for i, player in ipairs(firstBefore) do placesNow[i] = redis.call('ZRANK', KEYS[2], player) end
return {
  version, redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[4]), first, placesBefore, firstBefore, placesNow,
}
