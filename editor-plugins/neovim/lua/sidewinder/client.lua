-- The server: one `sidewinder serve` for each root, by Neovim's LSP client. The processes share one daemon and its model.
local config = require('sidewinder.config')
local encoding = require('sidewinder.encoding')
local policy = require('sidewinder.policy')
local status = require('sidewinder.status')

local M = {}

local NAME = 'sidewinder'
local RESTARTS, RESTART_WINDOW_MS = 3, 5 * 60 * 1000
local restarts = {}
local stopping = false

-- Methods of a client took no self before 0.11.
local new_api = vim.fn.has('nvim-0.11') == 1

local function request(client, method, params, handler, bufnr)
  if new_api then
    return client:request(method, params, handler, bufnr)
  end
  return client.request(method, params, handler, bufnr)
end

local function notify(client, method, params)
  if new_api then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

local function cancel(client, id)
  if new_api then
    client:cancel_request(id)
  else
    client.cancel_request(id)
  end
end

local function client_of(bufnr)
  return vim.lsp.get_clients({ name = NAME, bufnr = bufnr })[1]
end

--- The program, and whether it was found.
function M.program()
  local set = config.values.server_path
  if set ~= '' then
    return vim.fn.expand(set), vim.fn.executable(vim.fn.expand(set)) == 1
  end
  local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
  local beside = vim.fs.normalize(here .. '/../../bin/sidewinder')
  if vim.fn.executable(beside) == 1 then
    return beside, true
  end
  return 'sidewinder', vim.fn.executable('sidewinder') == 1
end

-- ---- what the server says

local kinds = { Normal = 'ready', Warning = 'ready', Inactive = 'off', Error = 'error' }

local function on_status(_, params)
  -- While a model loads, progress says more.
  if status.get().kind == 'loading' and params.busy then
    return
  end
  status.set({ kind = kinds[params.kind] or 'ready', message = params.message or '' })
end

local function on_progress(err, result, ctx)
  local value = result.value or {}
  if value.kind == 'end' then
    status.set({ kind = 'ready', message = '' })
  elseif value.kind then
    status.set({ kind = 'loading', percent = value.percentage or status.get().percent, message = value.message or value.title or '' })
  end
  local default = vim.lsp.handlers['$/progress']
  if default then
    default(err, result, ctx)
  end
end

local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.textDocument.inlineCompletion = { dynamicRegistration = false }
  all.general.positionEncodings = { 'utf-8', 'utf-16' }
  return all
end

-- ---- life

--- Starts again after a crash, at most three times in five minutes.
local function on_exit(code, signal)
  if stopping or (code == 0 and signal == 0) then
    return
  end
  vim.schedule(function()
    local now = vim.uv.now()
    restarts = vim.tbl_filter(function(time)
      return now - time < RESTART_WINDOW_MS
    end, restarts)
    if #restarts >= RESTARTS then
      status.set({ kind = 'error', message = ('the server ended with code %d, signal %d, again and again; see :Sidewinder log'):format(code, signal) })
      return
    end
    restarts[#restarts + 1] = now
    status.set({ kind = 'starting', message = '' })
    vim.defer_fn(function()
      M.attach(vim.api.nvim_get_current_buf())
    end, 200 * #restarts)
  end)
end

--- Shows the buffer to the server, starting one where there is none. Nothing happens to a buffer that may not be read.
function M.attach(bufnr)
  if policy.refusal(bufnr) or client_of(bufnr) then
    return
  end
  local program, found = M.program()
  if not found then
    status.set({ kind = 'error', message = ('%s cannot be run; set server_path, see :checkhealth sidewinder'):format(program) })
    return
  end
  stopping = false
  if #vim.lsp.get_clients({ name = NAME }) == 0 then
    status.set({ kind = 'starting', message = '' })
  end
  local id = vim.lsp.start({
    name = NAME,
    cmd = { program, 'serve' },
    root_dir = policy.root(bufnr),
    init_options = config.for_server(),
    settings = { sidewinder = config.for_server() },
    capabilities = capabilities(),
    handlers = { didChangeStatus = on_status, ['$/progress'] = on_progress },
    on_init = function()
      if status.get().kind == 'starting' then
        status.set({ kind = 'ready', message = '' })
      end
    end,
    on_exit = on_exit,
  }, { bufnr = bufnr, silent = true })
  if not id then
    status.set({ kind = 'error', message = program .. ' serve did not start; see :Sidewinder log' })
  end
end

--- Takes the buffer from the server: it is told to forget the text.
function M.detach(bufnr)
  local client = client_of(bufnr)
  if client then
    vim.lsp.buf_detach_client(bufnr, client.id)
  end
end

function M.stop()
  stopping = true
  for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
    if new_api then
      client:stop()
    else
      client.stop()
    end
  end
end

-- ---- completions

--- The server's item as ours; nil for one that does not fit the line any more.
local function to_item(raw, place, client)
  local text = type(raw.insertText) == 'string' and raw.insertText or nil
  if not text then
    return nil
  end
  local item = { text = text, replaced = 0, skipped = '', source = raw }
  if raw.range then
    local line = place.before .. place.after
    local begin = encoding.to_bytes(line, raw.range.start.character, client.offset_encoding)
    local finish = encoding.to_bytes(line, raw.range['end'].character, client.offset_encoding)
    item.skipped = place.before:sub(begin + 1)
    if begin > #place.before or finish < #place.before or not vim.startswith(text, item.skipped) then
      return nil
    end
    item.text = text:sub(#item.skipped + 1)
    item.replaced = finish - #place.before
  end
  return item.text ~= '' and item or nil
end

--- Asks for completions at `place`, the cursor of the current window. `done(items, err)` is called once, unless the function that comes back
--- is called before. nil when there is no server yet.
function M.complete(place, manual, done)
  local client = client_of(place.bufnr)
  if not client or not client.initialized then
    return nil
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = manual and 1 or 2 }
  params.textDocument.version = vim.lsp.util.buf_versions[place.bufnr]
  local live = true
  local sent, id = request(client, 'textDocument/inlineCompletion', params, function(err, result)
    if not live then
      return
    end
    live = false
    local items = {}
    for _, raw in ipairs(result and (result.items or result) or {}) do
      items[#items + 1] = to_item(raw, place, client)
    end
    done(items, err and err.message)
  end, place.bufnr)
  if not sent then
    return nil
  end
  return function()
    if live then
      live = false
      cancel(client, id)
    end
  end
end

function M.shown(bufnr, item)
  local client = client_of(bufnr)
  if client then
    notify(client, 'textDocument/didShowCompletion', { item = item.source })
  end
end

--- `units`: how much of the item's insertText is accepted by now, in UTF-16.
function M.partly_accepted(bufnr, item, units)
  local client = client_of(bufnr)
  if client then
    notify(client, 'textDocument/didPartiallyAcceptCompletion', { item = item.source, acceptedLength = units })
  end
end

function M.accepted(bufnr, item)
  local client = client_of(bufnr)
  local command = item.source.command
  if client and command then
    request(client, 'workspace/executeCommand', { command = command.command, arguments = command.arguments }, function() end, bufnr)
  end
end

function M.focused(bufnr)
  local client = client_of(bufnr)
  if client and client.initialized then
    notify(client, 'textDocument/didFocus', { textDocument = vim.lsp.util.make_text_document_params(bufnr) })
  end
end

--- A line for `:Sidewinder status`.
function M.describe()
  local clients = vim.lsp.get_clients({ name = NAME })
  local program, found = M.program()
  return ('server: %s (%s), %d of this Neovim'):format(program, found and 'found' or 'not found', #clients)
end

return M
