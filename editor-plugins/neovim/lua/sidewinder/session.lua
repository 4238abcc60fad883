-- What happens between a key and ghost text: wait, ask, show, keep while it is typed, accept.
local api = vim.api
local config = require('sidewinder.config')
local debounce = require('sidewinder.debounce')
local ghost = require('sidewinder.ghost')
local keymaps = require('sidewinder.keymaps')
local Place = require('sidewinder.place')
local policy = require('sidewinder.policy')
local status = require('sidewinder.status')
local Suggestion = require('sidewinder.suggestion')

local M = {}

local timer = assert(vim.uv.new_timer())
local suggestion = nil -- shown, or hidden behind a menu
local cancel_request = nil
local seen = nil -- where the last request was made or is to be made, so that nothing is asked for twice

function M.backend()
  return require(config.values.mode == 'embedded' and 'sidewinder.embedded' or 'sidewinder.client')
end

local function is_inserting()
  return vim.fn.mode():sub(1, 1) == 'i'
end

local function is_behind_menu()
  return config.values.hide_on_menu and vim.fn.pumvisible() == 1
end

local function hide()
  ghost.clear(suggestion and suggestion.place.bufnr or api.nvim_get_current_buf())
  keymaps.release()
end

local function forget()
  hide()
  if suggestion then
    suggestion:free()
    suggestion = nil
  end
end

local function stop_asking()
  timer:stop()
  if cancel_request then
    cancel_request()
    cancel_request = nil
  end
end

--- Draws what is left of the suggestion; false when it does not fit the buffer any more.
local function draw()
  local rest = suggestion and suggestion:rest()
  if not rest then
    return false
  end
  if is_behind_menu() then
    hide()
    return true
  end
  local item = suggestion:item()
  local label = #suggestion.items > 1 and ('(%d/%d)'):format(suggestion.index, #suggestion.items) or nil
  ghost.draw(rest, suggestion.place.after:sub(item.replaced + 1), label)
  keymaps.hold()
  if not item.was_shown then
    item.was_shown = true
    M.backend().shown(suggestion.place.bufnr, item)
  end
  return true
end

-- ---- asking

local function on_done(place, started, items, err)
  cancel_request = nil
  if err then
    status.set({ kind = 'error', message = err })
  else
    local ms = (vim.uv.hrtime() - started) / 1e6
    debounce.measured(ms)
    status.set({ kind = 'ready', ms = ms, message = '' })
  end
  if #items == 0 or not is_inserting() then
    place:free()
    return
  end
  forget()
  suggestion = Suggestion.new(place, items)
  if not draw() then
    forget()
  end
end

local function ask(manual)
  stop_asking()
  local bufnr = api.nvim_get_current_buf()
  if not is_inserting() or policy.refusal(bufnr) then
    return
  end
  M.backend().attach(bufnr)
  local place, started = Place.here(), vim.uv.hrtime()
  local live = true
  local cancel = M.backend().complete(place, manual, function(items, err)
    live = false
    on_done(place, started, items, err)
  end)
  if not live then
    return
  end
  if not cancel then
    place:free()
    seen = nil
    return
  end
  cancel_request = function()
    cancel()
    place:free()
  end
end

-- ---- events

local function place_now(bufnr)
  local cursor = api.nvim_win_get_cursor(0)
  return ('%d %d %d %d'):format(bufnr, cursor[1], cursor[2], api.nvim_buf_get_changedtick(bufnr))
end

--- Something was typed, or the cursor moved.
function M.update()
  local bufnr = api.nvim_get_current_buf()
  if not is_inserting() then
    return M.leave()
  end
  if policy.refusal(bufnr) then
    M.leave()
    return M.backend().detach(bufnr)
  end
  if draw() then
    seen = place_now(bufnr)
    return stop_asking()
  end
  forget()
  local now = place_now(bufnr)
  if not config.values.auto_trigger or now == seen or is_behind_menu() then
    return
  end
  seen = now
  timer:start(debounce.wait_ms(config.values.debounce_ms), 0, vim.schedule_wrap(ask))
end

function M.leave()
  stop_asking()
  forget()
  seen = nil
end

--- A buffer came into sight, or changed its name, type or permission.
function M.enter(bufnr)
  if not api.nvim_buf_is_loaded(bufnr) then
    return
  end
  if policy.refusal(bufnr) then
    M.backend().detach(bufnr)
    return
  end
  M.backend().attach(bufnr)
  M.backend().focused(bufnr)
end

-- ---- what keys do

function M.visible()
  return suggestion ~= nil and ghost.is_drawn(suggestion.place.bufnr) and suggestion:rest() ~= nil
end

--- Puts `text` in at the cursor, and takes `n_replaced` bytes behind it away.
local function insert(text, n_replaced)
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local lines = vim.split(text, '\n', { plain = true })
  api.nvim_buf_set_text(0, row, col, row, col + n_replaced, lines)
  local end_col = #lines == 1 and col + #text or #lines[#lines]
  api.nvim_win_set_cursor(0, { row + #lines, end_col })
end

--- Accepts the part of what is shown that `part` picks; all without it. False when nothing was shown.
local function accept(part)
  if not M.visible() then
    return false
  end
  local rest, n_typed = suggestion:rest()
  local item, bufnr = suggestion:item(), suggestion.place.bufnr
  local text = part and part(rest) or rest
  local whole = #text == #rest
  local units = suggestion:accepted_units(n_typed + #text)
  -- One accepted piece is one step of undo.
  vim.cmd('let &undolevels = &undolevels')
  insert(text, whole and item.replaced or 0)
  if whole then
    forget()
    M.backend().accepted(bufnr, item)
  else
    M.backend().partly_accepted(bufnr, item, units)
  end
  M.update()
  return true
end

function M.accept()
  return accept()
end

function M.accept_word()
  return accept(Suggestion.first_word)
end

function M.accept_line()
  return accept(Suggestion.first_line)
end

function M.dismiss()
  if not M.visible() then
    return false
  end
  stop_asking()
  forget()
  seen = place_now(api.nvim_get_current_buf())
  return true
end

--- Asks at once, for several candidates.
function M.trigger()
  if is_inserting() then
    forget()
    seen = place_now(api.nvim_get_current_buf())
    ask(true)
  end
end

local function cycle(step)
  if not M.visible() then
    return false
  end
  if #suggestion.items == 1 then
    M.trigger()
  else
    suggestion:cycle(step)
    draw()
  end
  return true
end

function M.next()
  return cycle(1)
end

function M.prev()
  return cycle(-1)
end

return M
