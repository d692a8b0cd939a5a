--[[
  Included where people change entries. timeOfEntry(key, unit, start, resolution, moment) says, as text, the Unix milliseconds that an
  entry's score counts as reached at: `moment` where times are kept, else the steps in its sort key from the `start` of the window, of
  `resolution` milliseconds each; empty where `resolution` is 0, because no time is known.
]]
local function timeOfEntry(key, unit, start, resolution, moment)
  if moment then return moment end
  if resolution == 0 then return '' end
  return string.format('%.0f', start + (key - math.floor(key / unit) * unit) * resolution)
end
