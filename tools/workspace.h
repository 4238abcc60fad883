// A workspace's index for the commands that need one.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "handles.h"
#include "outcome.h"

namespace sw::tool {

using Workspace = std::unique_ptr<sw_workspace, Release<sw_workspace_free>>;
using Context = std::unique_ptr<sw_context, Release<sw_context_free>>;

struct WorkspaceFlags {
  std::string store;  // folder of records on disk; "": memory only
  int threads = 0;
};
void add_workspace_options(CLI::App& app, WorkspaceFlags& flags);

// Opens and brings up to date, with a progress line and Ctrl-C. `tokenizer` may be null.
Outcome open_workspace(const WorkspaceFlags& flags, const std::string& folder, const sw_tokenizer* tokenizer, Workspace& out);

// The folder to index for a file, and the file's path in it. wanted: the folder as the user named it; "": the folder above the file that
// holds .git, or the file's own.
Outcome find_repo(const std::string& wanted, const std::string& file_path, std::string& repo, std::string& path);

}  // namespace sw::tool
