-- Runs busted inside Neovim:  nvim --clean -l run_specs.lua SPEC...
-- Debian keeps busted where its own Lua 5.1 looks.
package.path = package.path .. ';/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua'
package.cpath = package.cpath .. ';/usr/lib/x86_64-linux-gnu/lua/5.1/?.so'
local here = vim.fs.dirname(vim.fs.normalize(arg[0]))
vim.opt.rtp:prepend(vim.fs.normalize(here .. '/..'))
vim.cmd.runtime('plugin/sidewinder.lua')
require('busted.runner')({ standalone = false })
