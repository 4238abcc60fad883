-- A queue.
local util = require("util")
local Queue = {}
Queue.__index = Queue

local LIMIT = 10

-- Makes one.
function Queue.new(items)
  return setmetatable({ items = items or {} }, Queue)
end

function Queue:push(item)
  if #self.items >= LIMIT then
    return false
  end
  self.items[#self.items + 1] = item
  return true
end

local function helper(x)
  return util.twice(x)
end

Queue.pop = function(self)
  return table.remove(self.items)
end

return Queue
