#include "workspace.h"

#include <filesystem>

#include "terminal.h"

namespace sw::tool {

void add_workspace_options(CLI::App& app, WorkspaceFlags& flags) {
  app.add_option("--store", flags.store, "Keep what was learnt of files in this folder, and parse nothing again that is there")
      ->type_name("DIR");
  app.add_option("--threads", flags.threads, "Threads that read and parse; 0: two")->check(CLI::Range(0, 2))->type_name("N");
}

Outcome open_workspace(const WorkspaceFlags& flags, const std::string& folder, const sw_tokenizer* tokenizer, Workspace& out) {
  sw_workspace_options options = SW_WORKSPACE_OPTIONS_INIT;
  options.store_folder = flags.store.empty() ? nullptr : flags.store.c_str();
  options.n_threads = flags.threads;
  sw_workspace* raw = nullptr;
  SW_TRY(from_status(sw_workspace_open(tokenizer, folder.c_str(), &options, &raw), kExitBadInput));
  out.reset(raw);
  Progress progress("indexing " + folder, Progress::Unit::items);
  const sw_run_options run = run_options(&progress);
  return from_status(sw_workspace_update(raw, nullptr, 0, &run), kExitFailed);
}

Outcome find_repo(const std::string& wanted, const std::string& file_path, std::string& repo, std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path file = fs::weakly_canonical(file_path, failed);
  fs::path folder = wanted.empty() ? file.parent_path() : fs::weakly_canonical(wanted, failed);
  if (wanted.empty()) {
    for (fs::path above = folder; !above.empty(); above = above.parent_path()) {
      if (fs::exists(above / ".git", failed)) {
        folder = above;
        break;
      }
      if (above == above.parent_path()) break;
    }
  }
  const fs::path inside = file.lexically_relative(folder);
  if (inside.empty() || *inside.begin() == "..") return bad_input(file_path + " is not in " + folder.string());
  repo = folder.string();
  path = inside.generic_string();
  return success();
}

}  // namespace sw::tool
