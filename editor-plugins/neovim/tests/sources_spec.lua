-- The sources for completion menus, on a backend that answers at once.
local api = vim.api
local config = require('sidewinder.config')
local session = require('sidewinder.session')

local function backend(items)
  return {
    attach = function() end,
    complete = function(_, manual, done)
      assert.is_true(manual)
      done(items)
      return function() end
    end,
  }
end

describe('menu sources', function()
  before_each(function()
    config.set({})
    vim.cmd.enew({ bang = true })
    vim.bo.filetype = 'python'
    vim.o.virtualedit = 'onemore'
    api.nvim_buf_set_lines(0, 0, -1, true, { 'ä = ret()' })
    api.nvim_win_set_cursor(0, { 1, #'ä = ret' })
    stub(session, 'backend').returns(backend({ { text = 'urn(a)\nb', replaced = 2, skipped = '', source = {} } }))
  end)
  after_each(function()
    session.backend:revert()
  end)

  it('give nvim-cmp an entry that replaces the word, in UTF-16', function()
    local source, response = require('sidewinder.sources.cmp').new(), nil
    assert.is_true(source:is_available())
    source:complete({}, function(r)
      response = r
    end)
    assert.equal(1, #response.items)
    local item = response.items[1]
    assert.equal('return(a)', item.label)
    assert.equal('return(a)\nb', item.textEdit.newText)
    assert.same({ start = { line = 0, character = 4 }, ['end'] = { line = 0, character = 9 } }, item.textEdit.range)
  end)

  it('give blink.cmp the same, in bytes', function()
    local source, response = require('sidewinder.sources.blink').new(), nil
    assert.is_true(source:enabled())
    source:get_completions({}, function(r)
      response = r
    end)
    assert.same({ start = { line = 0, character = 5 }, ['end'] = { line = 0, character = 10 } }, response.items[1].textEdit.range)
  end)

  it('give nothing for a buffer that may not be read', function()
    api.nvim_buf_set_name(0, '/tmp/q/.env')
    assert.is_false(require('sidewinder.sources.blink').new():enabled())
    local entries
    require('sidewinder.menu').complete(function(text)
      return #text
    end, function(got)
      entries = got
    end)
    assert.same({}, entries)
  end)
end)
