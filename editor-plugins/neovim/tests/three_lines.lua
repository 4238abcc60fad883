-- A backend that always answers with the same three lines.
local function nothing() end
local backend = { attach = nothing, detach = nothing, shown = nothing, focused = nothing, stop = nothing, accepted = nothing, partly_accepted = nothing }

function backend.complete(_, _, done)
  vim.schedule(function()
    done({ { text = 'one\n  two\nthree', replaced = 0, skipped = '', source = {} } })
  end)
  return nothing
end

require('sidewinder.session').backend = function()
  return backend
end

return true
