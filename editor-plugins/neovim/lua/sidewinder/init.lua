-- Sidewinder for Neovim: what users and other plugins call.
local config = require('sidewinder.config')
local session = require('sidewinder.session')
local status = require('sidewinder.status')

local M = {
  visible = session.visible,
  accept = session.accept,
  accept_word = session.accept_word,
  accept_line = session.accept_line,
  next = session.next,
  prev = session.prev,
  dismiss = session.dismiss,
  trigger = session.trigger,
}

local function on(events, callback, options)
  vim.api.nvim_create_autocmd(events, vim.tbl_extend('force', { group = 'Sidewinder', callback = callback }, options or {}))
end

local function watch()
  vim.api.nvim_create_augroup('Sidewinder', { clear = true })
  -- At once, so that ghost text never stands beside what was just typed of it.
  on({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, session.update)
  -- Insert mode begins, and the menu opens and closes, after these events.
  on({ 'InsertEnter', 'CompleteChanged', 'CompleteDone' }, vim.schedule_wrap(session.update))
  on({ 'InsertLeave', 'BufLeave' }, session.leave)
  on({ 'BufEnter', 'FileType', 'BufFilePost' }, function(event)
    vim.schedule(function()
      session.enter(event.buf)
    end)
  end)
  on('User', function()
    if status.get().kind == 'ready' and vim.fn.mode() == 'i' then
      session.update()
    end
  end, { pattern = 'SidewinderStatus' })
  on('ColorScheme', require('sidewinder.ghost').highlights)
  on('VimLeavePre', function()
    session.leave()
    session.backend().stop()
  end)
end

--- Starts the plugin. `options`: see :help sidewinder-settings.
function M.setup(options)
  config.set(options)
  require('sidewinder.ghost').highlights()
  require('sidewinder.keymaps').setup()
  watch()
  if config.values.enable then
    session.enter(vim.api.nvim_get_current_buf())
  end
end

function M.enable()
  config.values.enable = true
  session.enter(vim.api.nvim_get_current_buf())
end

function M.disable()
  config.values.enable = false
  session.leave()
  session.backend().stop()
  status.set({ kind = 'off', message = '' })
end

function M.toggle()
  if config.values.enable then
    M.disable()
  else
    M.enable()
  end
end

function M.restart()
  session.leave()
  session.backend().stop()
  status.set({ kind = 'starting', message = '' })
  vim.defer_fn(M.enable, 300)
end

--- For a statusline: "sidewinder: ready 85 ms".
function M.statusline()
  return 'sidewinder: ' .. status.text()
end

--- The same for programs: { kind, message, percent, ms }.
function M.status()
  return vim.deepcopy(status.get())
end

return M
