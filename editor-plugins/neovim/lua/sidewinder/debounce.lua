-- How long to wait after the last key: a number, or "adaptive", which follows what completions take.
local M = {}

local START_MS, LEAST_MS, MOST_MS = 150, 75, 1000
local average = START_MS

--- Takes note that a completion took `ms`.
function M.measured(ms)
  average = 0.7 * average + 0.3 * ms
end

function M.wait_ms(setting)
  if type(setting) == 'number' then
    return setting
  end
  return math.floor(math.min(math.max(average, LEAST_MS), MOST_MS))
end

return M
