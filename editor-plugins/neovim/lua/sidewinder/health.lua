-- :checkhealth sidewinder
local config = require('sidewinder.config')
local health = vim.health

local M = {}

local function check_server()
  local client = require('sidewinder.client')
  local program, found = client.program()
  if not found then
    health.error(program .. ' cannot be run', { 'build or install Sidewinder, or set server_path to the program' })
    return
  end
  local out = vim.system({ program, '--version' }, { text = true, timeout = 5000 }):wait()
  if out.code == 0 then
    health.ok(('%s: %s'):format(program, vim.trim(out.stdout)))
  else
    health.error(('%s --version failed with code %d: %s'):format(program, out.code, vim.trim(out.stderr or '')))
  end
  health.info(client.describe())
end

local function check_library()
  local lib, name = require('sidewinder.library').open()
  if lib then
    health.ok(('%s: version %s'):format(name, require('ffi').string(lib.sw_version())))
  else
    health.error(name, { 'build or install Sidewinder, or set library to libsidewinder.so.1' })
  end
end

local function check_buffer()
  -- The report has a buffer of its own; the one before it is meant.
  local bufnr = vim.fn.bufnr('#')
  local refusal = bufnr > 0 and require('sidewinder.policy').refusal(bufnr)
  if refusal then
    health.info(('%s is not read: %s'):format(vim.api.nvim_buf_get_name(bufnr), refusal))
  end
end

function M.check()
  health.start('sidewinder')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.10 or later is needed')
  end
  if vim.fn.exists('#Sidewinder') == 0 then
    health.warn('not started', { "call require('sidewinder').setup()" })
  end
  if config.values.mode == 'embedded' then
    check_library()
  else
    check_server()
  end
  local state = require('sidewinder.status').get()
  local say = state.kind == 'error' and health.error or health.info
  say(('status: %s %s'):format(require('sidewinder.status').text(), state.message))
  check_buffer()
end

return M
