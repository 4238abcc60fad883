-- What the statusline says. Changes are announced by the autocommand `User SidewinderStatus`; nothing pops up.
local M = {}

-- kind: off, starting, loading, ready, error. message: why, for an error. percent: of loading. ms: of the last completion.
local state = { kind = 'off', message = '', percent = nil, ms = nil }

function M.get()
  return state
end

function M.set(change)
  local before = M.text()
  for key, value in pairs(change) do
    state[key] = value
  end
  if change.kind and change.kind ~= 'loading' then
    state.percent = nil
  end
  if M.text() ~= before then
    vim.schedule(function()
      vim.api.nvim_exec_autocmds('User', { pattern = 'SidewinderStatus', modeline = false })
    end)
  end
end

--- "off", "loading 43%", "ready 85 ms", "error"
function M.text()
  if state.kind == 'loading' and state.percent then
    return ('loading %d%%'):format(state.percent)
  end
  if state.kind == 'ready' and state.ms then
    return ('ready %d ms'):format(state.ms)
  end
  return state.kind
end

return M
