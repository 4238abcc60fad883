-- The embedded mode: the library inside Neovim, no server. The model is opened on another thread, completions run on the engine's, and a timer
-- looks whether they are done: nothing here waits, and no thread but Neovim's own calls Lua.
local config = require('sidewinder.config')
local library = require('sidewinder.library')
local policy = require('sidewinder.policy')
local status = require('sidewinder.status')
local text_diff = require('sidewinder.text_diff')

local M = {}

local POLL_MS = 5
local multiline = { auto = 0, never = 1, always = 2 }
local devices = { cpu = 0, auto = 1, cuda = 2 }
local device_weights = { bf16 = 0, int8 = 1, int4 = 2 }

local engine, model = nil, nil
local opening = nil -- { cancel }: while the model is opened, by a thread that uses the engine
local buffers = {} -- bufnr -> { handle, text }
local ending = {} -- requests that were cancelled and are not done yet
local timer = assert(vim.uv.new_timer())
local running = nil -- { request, done }

local function fail(text)
  status.set({ kind = 'error', message = text })
end

local function last_error(lib)
  return require('ffi').string(lib.sw_last_error())
end

-- ---- engine and model

local function start_engine(lib)
  local ffi, values = require('ffi'), config.values
  local out = ffi.new('sw_engine*[1]')
  local options = library.struct('sw_engine_options', {
    n_threads = values.threads,
    pin_threads = values.pin_threads and 1 or 0,
    nice = values.nice,
    snapshot_bytes_max = values.states_mb * 1024 * 1024,
    device = devices[values.device],
    store_folder = values.store_folder ~= '' and vim.fn.expand(values.store_folder) or nil,
  })
  if lib.sw_engine_create(options, out) ~= 0 then
    return nil, last_error(lib)
  end
  return out[0]
end

--- Runs on a thread of its own, with nothing but its arguments: addresses are passed as text, which holds all their bits.
local function open_model(name, declarations, engine_address, cancel_address, path, weights, device_bytes)
  local ffi = require('ffi')
  if not pcall(ffi.typeof, 'sw_model_options') then
    ffi.cdef(declarations)
  end
  local lib = ffi.load(name)
  local function pointer(kind, address)
    return ffi.cast(kind, ffi.cast('uintptr_t', tonumber(address)))
  end
  local out = ffi.new('sw_model*[1]')
  local options = ffi.new('sw_model_options')
  options.struct_size = ffi.sizeof(options)
  options.run.struct_size = ffi.sizeof(options.run)
  options.run.cancel = pointer('const sw_cancel*', cancel_address)
  options.device_weights = weights
  options.device_bytes_max = device_bytes
  if lib.sw_model_open(pointer('sw_engine*', engine_address), path ~= '' and path or nil, options, out) ~= 0 then
    return '', ffi.string(lib.sw_last_error())
  end
  return ('%.0f'):format(tonumber(ffi.cast('uintptr_t', out[0]))), ''
end

local function address_of(pointer)
  return ('%.0f'):format(tonumber(require('ffi').cast('uintptr_t', pointer)))
end

local function on_opened(lib, address, text)
  local ffi = require('ffi')
  local was_stopped = opening.stopped
  lib.sw_cancel_free(opening.cancel)
  opening = nil
  -- From here on nobody but this thread uses the engine, so that it may go when it is collected.
  engine = ffi.gc(engine, lib.sw_engine_free)
  if address ~= '' then
    model = ffi.gc(ffi.cast('sw_model*', ffi.cast('uintptr_t', tonumber(address))), lib.sw_model_free)
  end
  if was_stopped then
    engine, model = nil, nil
  elseif model then
    status.set({ kind = 'ready', message = '' })
  else
    engine = nil
    fail(text)
  end
end

local function start_opening(lib, name)
  local cancel = require('ffi').new('sw_cancel*[1]')
  local err
  engine, err = start_engine(lib)
  if not engine or lib.sw_cancel_create(cancel) ~= 0 then
    fail(err or last_error(lib))
    return
  end
  opening = { cancel = cancel[0], stopped = false }
  status.set({ kind = 'loading', percent = nil, message = '' })
  local work = vim.uv.new_work(
    open_model,
    vim.schedule_wrap(function(address, text)
      on_opened(lib, address, text)
    end)
  )
  local values = config.values
  local path = values.model ~= '' and vim.fn.expand(values.model) or ''
  local weights, device_bytes = device_weights[values.device_weights], values.device_mb * 1024 * 1024
  work:queue(name, require('sidewinder.cdef'), address_of(engine), address_of(cancel[0]), path, weights, device_bytes)
end

--- The library when the model is open. Else nil, and what is not there yet is started.
local function ready()
  local lib, name = library.open()
  if not lib then
    fail(name)
    return nil
  end
  if model then
    return lib
  end
  if not opening and status.get().kind ~= 'error' then
    start_opening(lib, name)
  end
  return nil
end

-- ---- buffers

local function text_of(bufnr)
  return table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, true), '\n') .. '\n'
end

local function make_buffer(lib, bufnr, text)
  local ffi = require('ffi')
  local path = vim.api.nvim_buf_get_name(bufnr)
  local filetype = vim.bo[bufnr].filetype
  local options = library.struct('sw_buffer_options', {
    path = path ~= '' and vim.fn.fnamemodify(path, ':.') or nil,
    language = filetype ~= '' and filetype or nil,
  })
  local out = ffi.new('sw_buffer*[1]')
  if lib.sw_buffer_create(model, options, text, #text, out) ~= 0 then
    return nil
  end
  return ffi.gc(out[0], lib.sw_buffer_free)
end

--- The library's buffer, with the text that Neovim's has now; nil and the reason where that is not to be had.
local function synced(lib, bufnr)
  local text = text_of(bufnr)
  local buffer = buffers[bufnr]
  if not buffer then
    local handle = make_buffer(lib, bufnr, text)
    if not handle then
      return nil, last_error(lib)
    end
    buffers[bufnr] = { handle = handle, text = text }
    return handle
  end
  local begin, finish, middle = text_diff.edit(buffer.text, text)
  if begin then
    if lib.sw_buffer_edit(buffer.handle, begin, finish, middle, #middle) ~= 0 then
      return nil, last_error(lib)
    end
    buffer.text = text
  end
  return buffer.handle
end

--- Opens the model, so that it is there when it is needed.
function M.attach(bufnr)
  if not policy.refusal(bufnr) then
    ready()
  end
end

function M.detach(bufnr)
  buffers[bufnr] = nil
end

-- ---- completions

local function candidates_of(lib, request)
  local ffi = require('ffi')
  local items = {}
  for i = 0, tonumber(lib.sw_request_n_candidates(request)) - 1 do
    local candidate = library.struct('sw_candidate')
    if lib.sw_request_candidate(request, i, candidate) == 0 and candidate.length > 0 then
      items[#items + 1] = { text = ffi.string(candidate.text, candidate.length), replaced = 0, skipped = '', source = {} }
    end
  end
  return items
end

local function poll(lib)
  ending = vim.tbl_filter(function(request)
    return lib.sw_request_poll(request) == 0
  end, ending)
  if running and lib.sw_request_poll(running.request) ~= 0 then
    local request, done = running.request, running.done
    running = nil
    local failed = lib.sw_request_status(request) ~= 0
    local text = failed and require('ffi').string(lib.sw_request_error(request)) or nil
    done(failed and {} or candidates_of(lib, request), text)
  end
  if not running and #ending == 0 then
    timer:stop()
  end
end

local function options_for(manual)
  local values = config.values
  return library.struct('sw_complete_options', {
    max_tokens = values.max_tokens,
    n_candidates = manual and values.candidates or 1,
    multiline = multiline[values.multiline],
    time_budget_ms = values.time_budget_ms,
    cut_at_syntax = values.cut_at_syntax and 1 or 0,
    logprob_min = values.logprob_min,
    type_through = values.type_through and 1 or 0,
  })
end

--- As in client.lua.
function M.complete(place, manual, done)
  local lib = ready()
  if not lib then
    return nil
  end
  local ffi = require('ffi')
  local buffer, err = synced(lib, place.bufnr)
  if not buffer then
    done({}, err)
    return nil
  end
  local offset = vim.api.nvim_buf_get_offset(place.bufnr, place.row) + place.col
  local options = options_for(manual)
  options.sampling.struct_size = ffi.sizeof(options.sampling)
  local out = ffi.new('sw_request*[1]')
  if lib.sw_complete(buffer, offset, options, out) ~= 0 then
    done({}, last_error(lib))
    return nil
  end
  local request = ffi.gc(out[0], lib.sw_request_free)
  running = { request = request, done = done }
  timer:start(POLL_MS, POLL_MS, vim.schedule_wrap(function()
    poll(lib)
  end))
  return function()
    if running and running.request == request then
      running = nil
    end
    lib.sw_request_cancel(request)
    ending[#ending + 1] = request
  end
end

-- The library needs no word about what was shown, accepted or focused.
function M.shown() end
function M.partly_accepted() end
function M.accepted() end
function M.focused() end

--- Gives everything back. Requests that still run are cancelled, which takes at most one chunk of work.
function M.stop()
  timer:stop()
  running, ending, buffers = nil, {}, {}
  if opening then
    local lib = library.open()
    opening.stopped = true
    lib.sw_cancel_set(opening.cancel)
  else
    model, engine = nil, nil
  end
  collectgarbage()
  status.set({ kind = 'off', message = '' })
end

--- The text as the library has it, for tests; nil when it has none.
function M.library_text(bufnr)
  local ffi, lib = require('ffi'), library.open()
  local text, length = ffi.new('const char*[1]'), ffi.new('size_t[1]')
  if not buffers[bufnr] or lib.sw_buffer_text(buffers[bufnr].handle, text, length) ~= 0 then
    return nil
  end
  return ffi.string(text[0], length[0])
end

function M.describe()
  local lib, name = library.open()
  if not lib then
    return 'embedded: ' .. name
  end
  return ('embedded: %s, version %s, %s'):format(name, require('ffi').string(lib.sw_version()), model and 'model open' or 'no model open')
end

return M
