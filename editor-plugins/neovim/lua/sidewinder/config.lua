-- The settings: those shared with the server (defaults.lua), and those that only Neovim has.
local shared = require('sidewinder.defaults')

local M = {}

local own = {
  mode = { types = { 'string' }, enum = { 'server', 'embedded' }, default = 'server' },
  library = { types = { 'string' }, default = '' },
  hide_on_menu = { types = { 'boolean' }, default = true },
  should_attach = { types = { 'function' } },
  keymaps = {
    types = { 'object', 'boolean' },
    default = {
      accept = '<Tab>',
      accept_word = '<M-Right>',
      accept_line = '<M-C-Right>',
      next = '<M-]>',
      prev = '<M-[>',
      dismiss = '<C-]>',
      trigger = '<M-\\>',
    },
  },
}

local function setting(name)
  return shared[name] or own[name]
end

local function is_type(value, kind)
  if kind == 'integer' then
    return type(value) == 'number' and value % 1 == 0
  end
  local lua_kind = ({ object = 'table', array = 'table' })[kind] or kind
  return type(value) == lua_kind
end

--- Why `value` cannot be what `name` is set to; nil when it can.
local function fault(name, value)
  local s = setting(name)
  if not s then
    return ('sidewinder: there is no setting %q; see :help sidewinder-settings'):format(name)
  end
  local fits = vim.iter(s.types):any(function(kind)
    return is_type(value, kind)
  end)
  if fits and s.enum and type(value) == 'string' then
    fits = vim.list_contains(s.enum, value)
  end
  if fits and s.minimum and type(value) == 'number' then
    fits = value >= s.minimum and value <= s.maximum
  end
  if fits then
    return nil
  end
  return ('sidewinder: %s cannot be %s; the default is used. See :help sidewinder-%s'):format(name, vim.inspect(value), name)
end

local function defaults()
  local values = {}
  for name, s in pairs(shared) do
    values[name] = vim.deepcopy(s.default)
  end
  for name, s in pairs(own) do
    values[name] = vim.deepcopy(s.default)
  end
  return values
end

M.values = defaults()

--- Takes the user's settings. What cannot be right is said once each, and the default is used.
function M.set(options)
  M.values = defaults()
  for name, value in pairs(options or {}) do
    local text = fault(name, value)
    if text then
      vim.notify(text, vim.log.levels.WARN)
    elseif type(value) == 'table' and not vim.islist(value) then
      M.values[name] = vim.tbl_extend('force', M.values[name], value)
    else
      M.values[name] = value
    end
  end
end

--- The shared settings by the names that the server knows.
function M.for_server()
  local out = {}
  for name, s in pairs(shared) do
    local value = M.values[name]
    if type(value) == 'table' and next(value) == nil then
      value = vim.tbl_contains(s.types, 'array') and {} or vim.empty_dict()
    end
    out[s.name] = value
  end
  return out
end

return M
