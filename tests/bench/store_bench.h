// The parts of store-bench. Each prints lines of JSON, and returns lines of a table in Markdown.
#pragma once

#include <string>

#include "support.h"

namespace sw::bench {

// Restoring and keeping states, against memcpy: the embedded model's states, then one as large as Codestral Mamba's.
Result<std::string> time_restore(const Opened& opened, int repeats);
// Going back in a sequence, against decode steps.
Result<std::string> time_rewind(const Opened& opened, int repeats);
// What of a replay the convolution and the recurrence take.
Result<std::string> time_replay_parts(const Opened& opened, int repeats);
// Encoding, decoding, and the store on disk.
Result<std::string> time_codecs(const Opened& opened, int repeats);
Result<std::string> time_disk(const Opened& opened, int repeats);

}  // namespace sw::bench
