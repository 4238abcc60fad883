-- Draws a suggestion behind the cursor: the first line in place, the others as lines that are not in the buffer.
local api = vim.api

local M = {}
local ns = api.nvim_create_namespace('sidewinder.ghost')

--- Virtual text does not expand tabs, so they become blanks here. `column` is where `line` begins on the screen.
local function expand_tabs(line, column, tabstop)
  local out = {}
  for piece, tab in line:gmatch('([^\t]*)(\t?)') do
    out[#out + 1] = piece
    column = column + api.nvim_strwidth(piece)
    if tab ~= '' then
      local width = tabstop - column % tabstop
      out[#out + 1] = (' '):rep(width)
      column = column + width
    end
  end
  return table.concat(out)
end

local function lines_of(text, column, tabstop)
  local lines = vim.split(text, '\n', { plain = true })
  for i, line in ipairs(lines) do
    lines[i] = expand_tabs(line, i == 1 and column or 0, tabstop)
  end
  return lines
end

--- Shows `text` at the cursor of the current window. `tail` is what stays of the line after it: behind several lines it is shown where it will
--- stand, at the end of the last. `label`, "(2/3)", may be nil.
function M.draw(text, tail, label)
  local bufnr = api.nvim_get_current_buf()
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local tabstop = vim.bo[bufnr].tabstop
  local lines = lines_of(text, vim.fn.virtcol('.') - 1, tabstop)
  local first = { { lines[1], 'SidewinderGhost' } }
  local below = {}
  for i = 2, #lines do
    below[#below + 1] = { { lines[i] == '' and ' ' or lines[i], 'SidewinderGhost' } }
  end

  M.clear(bufnr)
  local moved = #below > 0 and tail ~= ''
  if moved then
    local hidden = api.nvim_strwidth(expand_tabs(tail, 0, tabstop)) - api.nvim_strwidth(lines[1])
    first[2] = { (' '):rep(math.max(hidden, 0)), 'SidewinderGhost' }
    table.insert(below[#below], { tail, 'SidewinderTail' })
  end
  api.nvim_buf_set_extmark(bufnr, ns, row, col, {
    virt_text = first,
    virt_text_pos = moved and 'overlay' or 'inline',
    virt_lines = #below > 0 and below or nil,
    hl_mode = 'combine',
    right_gravity = true,
  })
  if label then
    api.nvim_buf_set_extmark(bufnr, ns, row, col, { virt_text = { { label, 'SidewinderCount' } }, virt_text_pos = 'eol' })
  end
end

function M.clear(bufnr)
  if api.nvim_buf_is_valid(bufnr) then
    api.nvim_buf_clear_namespace(bufnr, ns, 0, -1)
  end
end

function M.is_drawn(bufnr)
  return #api.nvim_buf_get_extmarks(bufnr, ns, 0, -1, { limit = 1 }) > 0
end

function M.highlights()
  api.nvim_set_hl(0, 'SidewinderGhost', { default = true, link = 'Comment' })
  api.nvim_set_hl(0, 'SidewinderTail', { default = true, link = 'Normal' })
  api.nvim_set_hl(0, 'SidewinderCount', { default = true, link = 'NonText' })
end

return M
