-- `:Sidewinder <what>`
local M = {}

local function say(lines)
  vim.api.nvim_echo({ { table.concat(lines, '\n') } }, false, {})
end

local function describe()
  local sidewinder, session = require('sidewinder'), require('sidewinder.session')
  local state = sidewinder.status()
  local refusal = require('sidewinder.policy').refusal(vim.api.nvim_get_current_buf())
  say({
    sidewinder.statusline() .. (state.message ~= '' and ': ' .. state.message or ''),
    session.backend().describe(),
    'this buffer: ' .. (refusal and 'not read: ' .. refusal or 'suggestions'),
  })
end

local actions = {
  enable = function() require('sidewinder').enable() end,
  disable = function() require('sidewinder').disable() end,
  toggle = function() require('sidewinder').toggle() end,
  restart = function() require('sidewinder').restart() end,
  trigger = function() require('sidewinder').trigger() end,
  health = function() vim.cmd('checkhealth sidewinder') end,
  log = function() vim.cmd.tabedit(vim.lsp.get_log_path()) end,
  status = describe,
}

function M.run(arguments)
  local action = actions[arguments.args == '' and 'status' or arguments.args]
  if not action then
    vim.notify(('sidewinder: there is no :Sidewinder %s; one of %s'):format(arguments.args, table.concat(M.complete(''), ', ')), vim.log.levels.ERROR)
    return
  end
  action()
end

function M.complete(begun)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, begun)
  end, vim.tbl_keys(actions))
  table.sort(names)
  return names
end

return M
