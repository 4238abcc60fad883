-- Suggestions as entries of a completion menu: what the sources for nvim-cmp and blink.cmp share.
local encoding = require('sidewinder.encoding')
local Place = require('sidewinder.place')
local policy = require('sidewinder.policy')

local M = {}

local TEXT_KIND = 1

--- An LSP CompletionItem. It replaces the word before the cursor by itself, so that menus, which filter by that word, keep it.
local function to_entry(item, place, column)
  local word = place.before:match('[%w_]*$')
  local text = word .. item.text
  local first = vim.split(text, '\n', { plain = true })[1]
  return {
    label = first == '' and '⏎' or vim.trim(first),
    filterText = text,
    kind = TEXT_KIND,
    documentation = { kind = 'markdown', value = ('```%s\n%s\n```'):format(vim.bo[place.bufnr].filetype, text) },
    textEdit = {
      newText = text,
      range = {
        start = { line = place.row, character = column(place.before:sub(1, #place.before - #word)) },
        ['end'] = { line = place.row, character = column(place.before) + column(place.after:sub(1, item.replaced)) },
      },
    },
  }
end

--- Columns as bytes, and as UTF-16.
function M.bytes(text)
  return #text
end
M.utf16 = encoding.utf16_length

--- May the current buffer be read?
function M.is_available()
  return policy.refusal(vim.api.nvim_get_current_buf()) == nil
end

--- Calls `done(entries)` once, unless the function that comes back is called before.
function M.complete(column, done)
  local backend = require('sidewinder.session').backend()
  local place = Place.here()
  if not M.is_available() then
    place:free()
    done({})
    return function() end
  end
  backend.attach(place.bufnr)
  local cancel = backend.complete(place, true, function(items)
    place:free()
    done(vim.tbl_map(function(item)
      return to_entry(item, place, column)
    end, items))
  end)
  if not cancel then
    place:free()
    done({})
  end
  return cancel or function() end
end

return M
