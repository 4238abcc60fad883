local api = vim.api
local config = require('sidewinder.config')
local policy = require('sidewinder.policy')

local function open(name, filetype)
  vim.cmd.enew({ bang = true })
  if name then
    api.nvim_buf_set_name(0, name)
  end
  vim.bo.filetype = filetype or ''
  return api.nvim_get_current_buf()
end

describe('a buffer', function()
  before_each(function()
    config.set({})
  end)

  it('may be read by default', function()
    assert.is_nil(policy.refusal(open('/tmp/p/code.py', 'python')))
    assert.is_nil(policy.refusal(open(nil, 'lua')))
  end)

  it('of a secret name is never read, whatever its filetype and its case', function()
    for _, name in ipairs({ '.env', '.env.local', 'Prod.ENV', 'key.pem', 'ID_RSA', 'id_ed25519.pub', '.netrc', 'credentials', '.ssh/config' }) do
      assert.is_string(policy.refusal(open('/tmp/p/' .. name, 'python')), name)
    end
  end)

  it('is not read where the user excluded it', function()
    config.set({ exclude = { '*.gen.py', '*/vendor/*' } })
    assert.is_string(policy.refusal(open('/tmp/p/a.gen.py', 'python')))
    assert.is_string(policy.refusal(open('/tmp/p/vendor/deep/a.py', 'python')))
    assert.is_nil(policy.refusal(open('/tmp/p/a.py', 'python')))
  end)

  it('is not read by its language, its switch, its type or its size', function()
    assert.is_string(policy.refusal(open('/tmp/p/COMMIT_EDITMSG', 'gitcommit')))
    config.set({ languages = { python = false } })
    local bufnr = open('/tmp/p/b.py', 'python')
    assert.is_string(policy.refusal(bufnr))
    vim.b[bufnr].sidewinder_enabled = true
    assert.is_nil(policy.refusal(bufnr))
    vim.b[bufnr].sidewinder_enabled = false
    config.set({})
    assert.is_string(policy.refusal(bufnr))
    bufnr = open(nil, 'lua')
    vim.bo[bufnr].buftype = 'nofile'
    assert.is_string(policy.refusal(bufnr))
    config.set({ max_file_kb = 1 })
    bufnr = open(nil, 'lua')
    api.nvim_buf_set_lines(bufnr, 0, -1, true, { ('x'):rep(1100) })
    assert.is_string(policy.refusal(bufnr))
  end)

  it('is not read where should_attach() says no', function()
    config.set({ should_attach = function(bufnr)
      return not api.nvim_buf_get_name(bufnr):find('private')
    end })
    assert.is_string(policy.refusal(open('/tmp/p/private.lua', 'lua')))
    assert.is_nil(policy.refusal(open('/tmp/p/public.lua', 'lua')))
  end)
end)

describe('settings', function()
  local said

  before_each(function()
    said = {}
    stub(vim, 'notify', function(text)
      said[#said + 1] = text
    end)
  end)
  after_each(function()
    vim.notify:revert()
    config.set({})
  end)

  it('that cannot be are told, and the default is used', function()
    config.set({ max_tokens = 0, multiline = 'perhaps', debounce_ms = 'slow', no_such_thing = 1, auto_trigger = 'yes' })
    assert.equal(5, #said)
    assert.equal(128, config.values.max_tokens)
    assert.equal('auto', config.values.multiline)
    assert.equal('adaptive', config.values.debounce_ms)
  end)

  it('go to the server by its names, tables complete', function()
    config.set({ max_tokens = 64, languages = { markdown = false }, debounce_ms = 200 })
    assert.same({}, said)
    local sent = config.for_server()
    assert.equal(64, sent.maxTokens)
    assert.equal(200, sent.debounceMs)
    assert.equal(false, sent.languages.markdown)
    assert.equal(true, sent.languages['*'])
    assert.equal('[]', vim.json.encode(sent.exclude))
  end)
end)
