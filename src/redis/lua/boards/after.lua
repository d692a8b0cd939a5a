#!lua flags=no-writes
--[[
  A page of the entries that come after a place in the order, whether or not an entry still stands there.

  KEYS     as page-of.lua
  ARGV     as page-of.lua, then ARGV[4] sort key and ARGV[5] player of the place, ARGV[6] entries to return at most

  Returns what page-of.lua says, or { version } when the caller knows it.
]]
-- include boards/version-of.lua
-- include boards/page-of.lua

-- Sorted sets order members by their bytes; Lua's own comparison of strings asks the locale.
local function comesAfter(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

-- How many entries do not come after the place: all with a smaller key, and of those with its key the players up to it.
local function placesUpTo(key, player)
  local low = redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. key)
  local high = low + redis.call('ZCOUNT', KEYS[2], key, key)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if comesAfter(redis.call('ZRANGE', KEYS[2], middle, middle)[1], player) then high = middle else low = middle + 1 end
  end
  return low
end

local version = versionOf(KEYS[1])
if version == ARGV[1] then return { version } end
local first = placesUpTo(ARGV[4], ARGV[5])
return pageOf(version, first, first + ARGV[6] - 1)
