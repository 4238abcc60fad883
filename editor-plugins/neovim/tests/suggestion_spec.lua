local api = vim.api
local Place = require('sidewinder.place')
local Suggestion = require('sidewinder.suggestion')

local function edit(lines, row, col)
  vim.cmd.enew({ bang = true })
  api.nvim_buf_set_lines(0, 0, -1, true, lines)
  vim.o.virtualedit = 'onemore'
  api.nvim_win_set_cursor(0, { row, col })
end

local function type_text(text)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local lines = vim.split(text, '\n', { plain = true })
  api.nvim_buf_set_text(0, row - 1, col, row - 1, col, lines)
  api.nvim_win_set_cursor(0, { row - 1 + #lines, #lines == 1 and col + #text or #lines[#lines] })
end

local function suggest(...)
  local items = vim.tbl_map(function(text)
    return { text = text, replaced = 0, skipped = '', source = {} }
  end, { ... })
  return Suggestion.new(Place.here(), items)
end

describe('a suggestion', function()
  it('keeps its rest while it is typed', function()
    edit({ 'return ' }, 1, 7)
    local s = suggest('a + b\nend')
    assert.equal('a + b\nend', (s:rest()))
    type_text('a ')
    assert.equal('+ b\nend', (s:rest()))
    type_text('+ b\n')
    assert.equal('end', (s:rest()))
    type_text('end')
    assert.is_nil(s:rest())
  end)

  it('is gone when something else is typed, and back when that is taken back', function()
    edit({ 'x' }, 1, 1)
    local s = suggest(' = 1')
    type_text('!')
    assert.is_nil(s:rest())
    vim.cmd.undo()
    api.nvim_buf_set_lines(0, 0, -1, true, { 'x' })
    api.nvim_win_set_cursor(0, { 1, 1 })
    assert.is_nil(s:rest()) -- its place was replaced
  end)

  it('stays where the text above it grows', function()
    edit({ 'one', 'two' }, 2, 3)
    local s = suggest(' three')
    api.nvim_buf_set_lines(0, 0, 0, true, { 'import x', '' })
    api.nvim_win_set_cursor(0, { 4, 3 })
    assert.equal(' three', (s:rest()))
  end)

  it('is gone when the cursor is elsewhere, or the line behind it changes', function()
    edit({ 'f()', 'g' }, 1, 2)
    local s = suggest('x')
    api.nvim_win_set_cursor(0, { 2, 0 })
    assert.is_nil(s:rest())
    api.nvim_win_set_cursor(0, { 1, 2 })
    assert.equal('x', (s:rest()))
    api.nvim_buf_set_lines(0, 0, 1, true, { 'f(]' })
    api.nvim_win_set_cursor(0, { 1, 2 })
    assert.is_nil(s:rest())
  end)

  it('cycles through the candidates that what was typed begins', function()
    edit({ '' }, 1, 0)
    local s = suggest('alpha', 'beta', 'alps')
    type_text('al')
    s:cycle(1)
    assert.equal('ps', (s:rest()))
    s:cycle(1)
    assert.equal('pha', (s:rest()))
    s:cycle(-1)
    assert.equal('ps', (s:rest()))
  end)

  it('counts what is accepted in UTF-16 of the text that the server sent', function()
    edit({ 'x = ' }, 1, 4)
    local s = suggest('"ä€😀"')
    s.items[1].skipped = 'x = '
    assert.equal(4 + 3, s:accepted_units(#'"ä€'))
    assert.equal(4 + 6, s:accepted_units(#'"ä€😀"'))
  end)
end)

describe('the first', function()
  it('word', function()
    for text, word in pairs({
      ['foo(bar)'] = 'foo', ['(bar)'] = '(', ['  x_1 = 2'] = '  x_1', [' += 2'] = ' +=', ['\n    end'] = '\n    end', ['größe'] = 'größe', ['  '] = '  ',
    }) do
      assert.equal(word, Suggestion.first_word(text))
    end
  end)

  it('line', function()
    assert.equal('a + b', Suggestion.first_line('a + b\nend'))
    assert.equal('\nend', Suggestion.first_line('\nend\nx'))
    assert.equal('a', Suggestion.first_line('a'))
  end)

  it('words, one after another, are the whole text', function()
    for _, text in ipairs({ 'if a == b then\n\treturn "ü"\nend', '  \n x', '((a))\n\n', '\t' }) do
      local rest, out = text, ''
      while rest ~= '' do
        local word = Suggestion.first_word(rest)
        assert.is_true(#word > 0)
        out, rest = out .. word, rest:sub(#word + 1)
      end
      assert.equal(text, out)
    end
  end)
end)
