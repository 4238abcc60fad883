// The files of a workspace that may be indexed, and what was passed over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/control.h"
#include "context/skip.h"
#include "context/workspace_files.h"

namespace sw {

struct WalkOptions {
  uint64_t file_bytes_max = uint64_t{1} << 20;
  size_t depth_max = 100;
};

struct FoundFile {
  std::string path;  // relative to the workspace
  uint64_t size = 0;
  int64_t changed_ns = 0;
};

struct Found {
  std::vector<FoundFile> files;  // in the order of a depth-first walk by name
  SkipCounts skipped{};
};

// Progress in entries seen; how many there are is not known (0). Ends on any tree: no link is followed. An ignore file that cannot be read
// or is larger than 1 MiB leaves nothing out. Errors: cancelled, deadline; folders that cannot be read are counted.
Result<Found> walk(const WorkspaceFiles& files, const WalkOptions& options, const Control& control);

// The same for one path. Nothing, or the reason, when it is not to be indexed; not_found when there is no such file.
struct Lookup {
  std::optional<FoundFile> file;
  std::optional<SkipReason> skipped;
};
Result<Lookup> look_up(const WorkspaceFiles& files, std::string_view path, const WalkOptions& options);

}  // namespace sw
