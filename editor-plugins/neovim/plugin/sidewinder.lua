if vim.g.loaded_sidewinder then
  return
end
vim.g.loaded_sidewinder = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('sidewinder: needs Neovim 0.10 or later', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('Sidewinder', function(arguments)
  require('sidewinder.command').run(arguments)
end, {
  nargs = '?',
  desc = 'Sidewinder: code completion',
  complete = function(begun)
    return require('sidewinder.command').complete(begun)
  end,
})

for _, action in ipairs({ 'accept', 'accept_word', 'accept_line', 'next', 'prev', 'dismiss', 'trigger' }) do
  vim.keymap.set('i', ('<Plug>(sidewinder-%s)'):format(action:gsub('_', '-')), function()
    require('sidewinder')[action]()
  end, { desc = 'Sidewinder: ' .. action:gsub('_', ' ') })
end
