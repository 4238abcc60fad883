-- The embedded mode, on the real library and the embedded model.
local api = vim.api
local config = require('sidewinder.config')
local embedded = require('sidewinder.embedded')
local Place = require('sidewinder.place')
local status = require('sidewinder.status')

local WAIT_MS = 30000

local function open(lines, row, col)
  vim.cmd.enew({ bang = true })
  vim.bo.filetype = 'python'
  api.nvim_buf_set_lines(0, 0, -1, true, lines)
  vim.o.virtualedit = 'onemore'
  api.nvim_win_set_cursor(0, { row, col })
  return api.nvim_get_current_buf()
end

local function complete(manual)
  local answer
  local cancel = embedded.complete(Place.here(), manual, function(items, err)
    answer = { items = items, err = err }
  end)
  assert.is_function(cancel, answer and answer.err)
  assert.is_true(vim.wait(WAIT_MS, function()
    return answer ~= nil
  end, 5))
  return answer
end

describe('the embedded mode', function()
  setup(function()
    config.set({ mode = 'embedded', library = os.getenv('SIDEWINDER_LIBRARY'), time_budget_ms = 0 })
    embedded.attach(open({ '' }, 1, 0))
    assert.is_true(vim.wait(WAIT_MS, function()
      return status.get().kind ~= 'loading'
    end, 5))
    assert.equal('ready', status.get().kind, status.get().message)
  end)
  teardown(function()
    embedded.stop()
    config.set({})
  end)

  it('completes', function()
    open({ 'def add(a, b):', '    return a + b', '', 'def sub(a, b):', '    ret', '' }, 5, 7)
    local answer = complete(false)
    assert.is_nil(answer.err)
    assert.equal(1, #answer.items)
    assert.is_true(#answer.items[1].text > 0)
  end)

  it('gives several candidates when asked by hand', function()
    open({ 'for i in range(10):', '    ' }, 2, 4)
    assert.is_true(#complete(true).items >= 1)
  end)

  it('can be cancelled, and asked again at once', function()
    open({ 'import os', '', 'def main():', '    ' }, 4, 4)
    local called = false
    local cancel = embedded.complete(Place.here(), false, function()
      called = true
    end)
    cancel()
    assert.is_nil(complete(false).err)
    assert.is_false(called)
  end)

  it('says why text that is not UTF-8 gets nothing', function()
    open({ 'x = "\255"' }, 1, 0)
    local answer
    assert.is_nil(embedded.complete(Place.here(), false, function(items, err)
      answer = { items = items, err = err }
    end))
    assert.same({}, answer.items)
    assert.is_truthy(answer.err:find('UTF%-8'))
  end)

  it('shows the library the text of the buffer, edit by edit', function()
    math.randomseed(7)
    local pieces = { 'x', 'ä', '€', '😀', '\n', '  ', 'def f():\n', 'ß\nß', '' }
    local bufnr = open({ '' }, 1, 0)
    for _ = 1, 200 do
      local lines = api.nvim_buf_get_lines(bufnr, 0, -1, true)
      local row = math.random(#lines)
      local starts = vim.str_utf_pos(lines[row])
      starts[#starts + 1] = #lines[row] + 1
      local a, b = math.random(#starts), math.random(#starts)
      local piece = vim.split(pieces[math.random(#pieces)], '\n', { plain = true })
      api.nvim_buf_set_text(bufnr, row - 1, starts[math.min(a, b)] - 1, row - 1, starts[math.max(a, b)] - 1, piece)
      embedded.complete(Place.here(), false, function() end)()
      assert.equal(table.concat(api.nvim_buf_get_lines(bufnr, 0, -1, true), '\n') .. '\n', embedded.library_text(bufnr))
    end
  end)
end)
