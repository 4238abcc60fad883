// How fast states are kept, restored, encoded, stored and rewound on the embedded model, against the memory and the
// decode steps of the same machine in the same run, turn by turn: only ratios of neighbours in time survive a shared
// machine.
//
//   store-bench [--model DIR] [--repeat N] [restore] [rewind] [parts] [codecs] [disk]
#include "store_bench.h"

#include <cstdio>
#include <cstdlib>
#include <set>

namespace sw::bench {
namespace {

struct Flags {
  std::string model = nano_folder();
  int repeat = 7;
  std::set<std::string> parts;
};

using Part = Result<std::string> (*)(const Opened&, int);
constexpr std::pair<const char*, Part> kParts[] = {{"restore", time_restore},
                                                   {"rewind", time_rewind},
                                                   {"parts", time_replay_parts},
                                                   {"codecs", time_codecs},
                                                   {"disk", time_disk}};

Status run(const Flags& flags) {
  SW_ASSIGN(const Opened opened, open_model(flags.model));
  const HostModel& model = *opened.model;
  print({{"bench", "store"},
         {"layers", model.layout().blocks.size()},
         {"d_model", model.d_model()},
         {"state_bytes", model.state_bytes()},
         {"log_bytes_per_token", model.input_layout().n_bytes()},
         {"repeat", flags.repeat},
         {"kernels", model.backend().rows()},
         {"threads", model.backend().n_threads()}});
  std::string tables;
  for (const auto& [name, part] : kParts) {
    if (!flags.parts.empty() && !flags.parts.contains(name)) continue;
    const double start = seconds();
    SW_ASSIGN(const std::string table, part(opened, flags.repeat));
    tables += "\n" + table;
    note("%s: %.1f s", name, seconds() - start);
  }
  std::printf("%s", tables.c_str());
  return {};
}

bool parse(int argc, char** argv, Flags& flags) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--model" && i + 1 < argc) {
      flags.model = argv[++i];
    } else if (word == "--repeat" && i + 1 < argc) {
      flags.repeat = std::atoi(argv[++i]);
    } else {
      bool known = false;
      for (const auto& [name, part] : kParts) known = known || word == name;
      if (!known) return false;
      flags.parts.insert(word);
    }
  }
  return flags.repeat > 0;
}

}  // namespace
}  // namespace sw::bench

int main(int argc, char** argv) {
  sw::bench::Flags flags;
  if (!sw::bench::parse(argc, argv, flags)) {
    sw::bench::note("usage: store-bench [--model DIR] [--repeat N] [restore] [rewind] [parts] [codecs] [disk]");
    return 2;
  }
  const sw::Status status = sw::bench::run(flags);
  if (!status.ok()) sw::bench::note("%s", status.message().c_str());
  return status.ok() ? 0 : 1;
}
