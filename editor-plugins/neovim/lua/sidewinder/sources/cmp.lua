-- A source for nvim-cmp: require('cmp').register_source('sidewinder', require('sidewinder.sources.cmp').new())
local menu = require('sidewinder.menu')

local Source = {}
Source.__index = Source

function Source.new()
  return setmetatable({}, Source)
end

function Source:get_debug_name()
  return 'sidewinder'
end

function Source:is_available()
  return menu.is_available()
end

function Source:complete(_, callback)
  if self.cancel then
    self.cancel()
  end
  self.cancel = menu.complete(menu.utf16, function(entries)
    callback({ items = entries, isIncomplete = true })
  end)
end

return Source
