-- Which buffers may be read. Asked before anything of a buffer leaves it.
local config = require('sidewinder.config')
local secrets = require('sidewinder.secrets')

local M = {}

local regexes = {}

--- Does a glob match a file's name, or with a slash its whole path? `*` also stands for slashes.
local function matches(glob, path)
  regexes[glob] = regexes[glob] or vim.regex('\\C' .. vim.fn.glob2regpat(glob))
  local subject = glob:find('/', 1, true) and path or vim.fs.basename(path)
  return regexes[glob]:match_str(subject) ~= nil
end

function M.root(bufnr)
  return vim.fs.root(bufnr, { '.git', '.hg' }) or vim.uv.cwd()
end

--- Is `path` a file that usually holds secrets (in any case of letters), or one that the user excluded?
function M.is_excluded(path)
  local small = path:lower()
  return vim.iter(secrets):any(function(glob)
    return matches(glob, small)
  end) or vim.iter(config.values.exclude):any(function(glob)
    return matches(glob, path)
  end)
end

local function is_language_on(filetype)
  local languages = config.values.languages
  if languages[filetype] ~= nil then
    return languages[filetype]
  end
  return languages['*'] ~= false
end

--- nil when the buffer may be read; else why not.
function M.refusal(bufnr)
  local values, bo = config.values, vim.bo[bufnr]
  if not values.enable then
    return 'switched off'
  elseif vim.b[bufnr].sidewinder_enabled == false then
    return 'b:sidewinder_enabled is false'
  elseif bo.buftype ~= '' then
    return 'not a file: buftype is ' .. bo.buftype
  elseif vim.b[bufnr].sidewinder_enabled ~= true and not is_language_on(bo.filetype) then
    return ('languages says no to filetype %q'):format(bo.filetype)
  end
  local path = vim.api.nvim_buf_get_name(bufnr)
  if path ~= '' and M.is_excluded(path) then
    return 'the name is one of those that usually hold secrets, or excluded'
  end
  if vim.api.nvim_buf_get_offset(bufnr, vim.api.nvim_buf_line_count(bufnr)) > values.max_file_kb * 1024 then
    return 'larger than max_file_kb'
  end
  if values.should_attach and not values.should_attach(bufnr) then
    return 'should_attach() said no'
  end
  return nil
end

return M
