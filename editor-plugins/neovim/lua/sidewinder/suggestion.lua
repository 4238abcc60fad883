-- Candidates for one place. What of the shown one is still to be typed follows from the buffer, so typing what is shown keeps it.
--
-- An item is { text, replaced, skipped, source }: `text` goes in at the place, `replaced` bytes after the place go away, and `skipped`
-- is what the server's text repeated of the line before the place.
local encoding = require('sidewinder.encoding')

local Suggestion = {}
Suggestion.__index = Suggestion

function Suggestion.new(place, items)
  return setmetatable({ place = place, items = items, index = 1 }, Suggestion)
end

function Suggestion:item()
  return self.items[self.index]
end

--- What is left of the shown candidate, and how much of it is in the buffer; nil when the buffer went another way, or nothing is left.
function Suggestion:rest()
  local typed = self.place:typed()
  local text = self:item().text
  if not typed or #typed >= #text or not vim.startswith(text, typed) then
    return nil
  end
  return text:sub(#typed + 1), #typed
end

--- Goes to another candidate that the text typed so far begins, `step` away.
function Suggestion:cycle(step)
  local start = self.index
  repeat
    self.index = (self.index - 1 + step) % #self.items + 1
  until self:rest() or self.index == start
end

--- UTF-16 units of the server's text up to `n_bytes` of ours.
function Suggestion:accepted_units(n_bytes)
  local item = self:item()
  return encoding.utf16_length(item.skipped .. item.text:sub(1, n_bytes))
end

function Suggestion:free()
  self.place:free()
end

--- The first word of `text`: blanks, then letters and digits or else other characters.
function Suggestion.first_word(text)
  local blanks = text:match('^%s*')
  local tail = text:sub(#blanks + 1)
  return blanks .. (tail:match('^[%w_\128-\255]+') or tail:match('^[^%w_%s\128-\255]+') or '')
end

--- The first line of `text`; with the line's end before it, where it begins with one.
function Suggestion.first_line(text)
  return text:match('^\n?[^\n]*')
end

return Suggestion
