--[[
  Included where texts are put in order. sortsBefore(a, b): by their bytes, as sorted sets order members; Lua's own comparison asks
  the server's locale.
]]
local function sortsBefore(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
