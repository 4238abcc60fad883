-- A source for blink.cmp: sources.providers.sidewinder = { name = 'Sidewinder', module = 'sidewinder.sources.blink', async = true }
local menu = require('sidewinder.menu')

local Source = {}
Source.__index = Source

function Source.new()
  return setmetatable({}, Source)
end

function Source:enabled()
  return menu.is_available()
end

function Source:get_completions(_, callback)
  return menu.complete(menu.bytes, function(entries)
    callback({ items = entries, is_incomplete_forward = true, is_incomplete_backward = true })
  end)
end

return Source
