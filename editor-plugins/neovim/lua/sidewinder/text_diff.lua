-- The one edit that makes a text out of another: what both begin and end with stays.
local ffi = require('ffi')

local M = {}

--- Is byte `i`, from 0, the second or a later one of a character?
local function is_inside(bytes, i)
  return bytes[i] >= 0x80 and bytes[i] < 0xC0
end

--- begin, finish, text: the bytes [begin, finish) of `old` become `text`. Both ends lie between characters. nil when nothing differs.
function M.edit(old, new)
  if old == new then
    return nil
  end
  local a, b = ffi.cast('const uint8_t*', old), ffi.cast('const uint8_t*', new)
  local most = math.min(#old, #new)
  local head = 0
  while head < most and a[head] == b[head] do
    head = head + 1
  end
  while head > 0 and ((head < #old and is_inside(a, head)) or (head < #new and is_inside(b, head))) do
    head = head - 1
  end
  local tail = 0
  while tail < most - head and a[#old - 1 - tail] == b[#new - 1 - tail] do
    tail = tail + 1
  end
  while tail > 0 and (is_inside(a, #old - tail) or is_inside(b, #new - tail)) do
    tail = tail - 1
  end
  return head, #old - tail, new:sub(head + 1, #new - tail)
end

return M
