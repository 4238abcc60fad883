-- Byte offsets of Neovim and code units of LSP.
local M = {}

local new_api = vim.fn.has('nvim-0.11') == 1

--- The byte offset of `units` code units of `encoding` in `line`; its length where that is past the end.
function M.to_bytes(line, units, encoding)
  if encoding == 'utf-8' then
    return math.min(units, #line)
  end
  local ok, bytes
  if new_api then
    ok, bytes = pcall(vim.str_byteindex, line, encoding, units, false)
  else
    ok, bytes = pcall(vim.str_byteindex, line, units, encoding == 'utf-16')
  end
  return ok and bytes or #line
end

--- UTF-16 code units of `text`.
function M.utf16_length(text)
  if new_api then
    return vim.str_utfindex(text, 'utf-16')
  end
  local _, units = vim.str_utfindex(text)
  return units
end

return M
