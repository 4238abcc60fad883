-- Keys. Those that act on ghost text are mapped, for the buffer, only while there is some: at any other time <Tab> and the others are exactly
-- what the user, or another plugin, made of them.
local config = require('sidewinder.config')

local M = {}

local ACTIONS = { 'accept', 'accept_word', 'accept_line', 'next', 'prev', 'dismiss' }
local held_in = nil
local earlier = {} -- lhs -> the buffer's own map that was there

local function description(action)
  return 'Sidewinder: ' .. action:gsub('_', ' ')
end

--- Does `action`; where there is nothing to do it on any more, the key does what it did before.
local function press(action, lhs)
  return function()
    if not require('sidewinder.session')[action]() then
      M.release()
      vim.api.nvim_feedkeys(vim.keycode(lhs), 'mi', false)
    end
  end
end

local function each(visit)
  for _, action in ipairs(ACTIONS) do
    local lhs = config.values.keymaps and config.values.keymaps[action]
    if lhs and lhs ~= '' then
      visit(action, lhs)
    end
  end
end

--- Takes the keys, in the current buffer.
function M.hold()
  local bufnr = vim.api.nvim_get_current_buf()
  if held_in == bufnr then
    return
  end
  M.release()
  held_in = bufnr
  each(function(action, lhs)
    local map = vim.fn.maparg(lhs, 'i', false, true)
    earlier[lhs] = map.buffer == 1 and map or nil
    vim.keymap.set('i', lhs, press(action, lhs), { buffer = bufnr, desc = description(action) })
  end)
end

--- Gives the keys back. A map that another plugin made meanwhile stays.
function M.release()
  local bufnr = held_in
  held_in = nil
  if not bufnr or not vim.api.nvim_buf_is_valid(bufnr) then
    earlier = {}
    return
  end
  vim.api.nvim_buf_call(bufnr, function()
    each(function(action, lhs)
      local map = vim.fn.maparg(lhs, 'i', false, true)
      if map.buffer == 1 and map.desc == description(action) then
        vim.keymap.del('i', lhs, { buffer = bufnr })
        if earlier[lhs] then
          vim.fn.mapset('i', false, earlier[lhs])
        end
      end
    end)
  end)
  earlier = {}
end

--- The key that asks for a suggestion is there always, unless it is taken.
function M.setup()
  local lhs = config.values.keymaps and config.values.keymaps.trigger
  if lhs and lhs ~= '' and vim.fn.maparg(lhs, 'i') == '' then
    vim.keymap.set('i', lhs, '<Plug>(sidewinder-trigger)', { desc = description('trigger') })
  end
end

return M
