-- The C library, found and opened once.
local config = require('sidewinder.config')

local M = {}

local opened = nil
local kept = setmetatable({}, { __mode = 'k' }) -- struct -> what its pointers point to

--- Where the library may be: what was set, beside the plugin, and what the system's loader finds.
local function candidates()
  if config.values.library ~= '' then
    return { vim.fn.expand(config.values.library) }
  end
  local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
  return { vim.fs.normalize(here .. '/../../lib/libsidewinder.so.1'), 'libsidewinder.so.1' }
end

--- The library's functions, and the name that opened it; nil and the reason where there is none.
function M.open()
  if opened then
    return opened.functions, opened.name
  end
  local ffi = require('ffi')
  if not pcall(ffi.typeof, 'sw_engine_options') then
    ffi.cdef(require('sidewinder.cdef'))
  end
  local reasons = {}
  for _, name in ipairs(candidates()) do
    local ok, functions = pcall(ffi.load, name)
    if ok then
      opened = { functions = functions, name = name }
      return functions, name
    end
    reasons[#reasons + 1] = tostring(functions)
  end
  return nil, 'libsidewinder cannot be opened; set library. ' .. table.concat(reasons, '; ')
end

--- A struct of the API, its struct_size set; `fields` fill the rest.
function M.struct(kind, fields)
  local ffi = require('ffi')
  local struct = ffi.new(kind)
  struct.struct_size = ffi.sizeof(kind)
  for name, value in pairs(fields or {}) do
    struct[name] = value
  end
  kept[struct] = fields
  return struct
end

return M
