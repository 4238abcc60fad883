-- A place that a suggestion was asked for: it moves with edits above it, and knows what was typed there since.
local api = vim.api
local ns = api.nvim_create_namespace('sidewinder.place')

local Place = {}
Place.__index = Place

local function line_at(bufnr, row)
  return api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
end

--- The place of the cursor in the current window.
function Place.here()
  local bufnr = api.nvim_get_current_buf()
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  local line = line_at(bufnr, row)
  return setmetatable({
    bufnr = bufnr,
    row = row,
    col = col,
    before = line:sub(1, col),
    after = line:sub(col + 1),
    mark = api.nvim_buf_set_extmark(bufnr, ns, row, col, { right_gravity = false }),
  }, Place)
end

--- What was typed between the place and the cursor; nil where anything else has changed around it.
function Place:typed()
  if api.nvim_get_current_buf() ~= self.bufnr then
    return nil
  end
  local at = api.nvim_buf_get_extmark_by_id(self.bufnr, ns, self.mark, {})
  local cursor = api.nvim_win_get_cursor(0)
  local row, col = cursor[1] - 1, cursor[2]
  if #at == 0 or at[2] ~= self.col or row < at[1] or (row == at[1] and col < at[2]) then
    return nil
  end
  if line_at(self.bufnr, at[1]):sub(1, self.col) ~= self.before or line_at(self.bufnr, row):sub(col + 1) ~= self.after then
    return nil
  end
  return table.concat(api.nvim_buf_get_text(self.bufnr, at[1], at[2], row, col, {}), '\n')
end

function Place:free()
  if api.nvim_buf_is_valid(self.bufnr) then
    api.nvim_buf_del_extmark(self.bufnr, ns, self.mark)
  end
end

return Place
