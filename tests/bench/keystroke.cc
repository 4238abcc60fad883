// What a keystroke costs beside the model: on the caller's thread (finding the place by line and column, the edit, and asking), and on the
// worker before the first token is run (tokenising what changed, planning, looking for a state). The model only counts. A file of 10,000
// lines, or as many as asked for, behind 16,384 tokens of others.
//
//   keystroke-bench [KEYSTROKES [LINES]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "sidewinder/sidewinder.h"

namespace {

constexpr size_t kContextBytes = 16'384 * 3;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "keystroke-bench: %s: %s\n", what, sw_last_error());
  std::exit(1);
}
void check(sw_status status, const char* what) {
  if (status != SW_OK) fail(what);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// This project's own sources, again and again.
std::string long_file(size_t n_lines) {
  std::string piece;
  for (const char* path : {"/lib/state/store.cc", "/lib/complete/completion.cc", "/tools/replay.cc", "/lib/tokenizer/piece_model.cc"}) {
    piece += read_file(std::string(SW_SOURCE_DIR) + path);
  }
  if (piece.empty()) fail("the sources are not there");
  const auto lines = static_cast<size_t>(std::count(piece.begin(), piece.end(), '\n'));
  std::string text;
  for (size_t n = 0; n < n_lines; n += lines) text += piece;
  return text;
}

double us_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

void report(const char* what, std::vector<double> us) {
  std::sort(us.begin(), us.end());
  const auto at = [&](double share) { return us[static_cast<size_t>(share * static_cast<double>(us.size() - 1))]; };
  std::printf("{\"bench\": \"keystroke\", \"what\": \"%s\", \"n\": %zu, \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n", what,
              us.size(), at(0.5), at(0.9), at(0.99), us.back());
}

struct Timed {
  std::vector<double> caller, worker;
};

// One keystroke and its request, at a place as editors name it.
void type(sw_buffer* buffer, size_t at, char c, Timed& out) {
  size_t line = 0, column = 0;
  check(sw_buffer_position(buffer, at, SW_COLUMN_UTF16, &line, &column), "position");
  const auto begin = std::chrono::steady_clock::now();
  size_t offset = 0;
  check(sw_buffer_offset(buffer, line, column, SW_COLUMN_UTF16, &offset), "offset");
  check(sw_buffer_edit(buffer, offset, offset, &c, 1), "edit");
  sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
  o.layout = SW_LAYOUT_AUTO;
  o.max_tokens = -1;
  o.prefix_window_bytes = 6144;
  o.suffix_window_bytes = 2048;
  sw_request* request = nullptr;
  check(sw_complete(buffer, at + 1, &o, &request), "complete");
  out.caller.push_back(us_since(begin));
  check(sw_request_wait(request, -1), "wait");
  check(sw_request_status(request), "request");
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  check(sw_request_get_stats(request, &stats), "stats");
  out.worker.push_back(1000 * (stats.total_ms - stats.queue_ms));
  sw_request_free(request);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t n = argc > 1 ? static_cast<size_t>(std::atoll(argv[1])) : 4000;
  const size_t n_lines = argc > 2 ? static_cast<size_t>(std::atoll(argv[2])) : 10'000;
  sw_engine* engine = nullptr;
  check(sw_engine_create(nullptr, &engine), "engine");
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.count_only = 1;
  sw_model* model = nullptr;
  check(sw_model_open(engine, SW_SOURCE_DIR "/models/nano", &options, &model), "model");
  const std::string text = long_file(n_lines);
  sw_buffer* buffer = nullptr;
  check(sw_buffer_create(model, nullptr, text.data(), text.size(), &buffer), "buffer");
  sw_document document = SW_DOCUMENT_INIT;
  document.path = "other.cc";
  document.text = text.data();
  document.length = kContextBytes;
  check(sw_buffer_set_context(buffer, &document, 1), "context");

  std::mt19937 random(1);
  Timed typing, jumps;
  size_t at = text.size() / 2, size = text.size();
  for (size_t i = 0; i < n; ++i) {
    const bool jumps_now = i % 40 == 0;
    if (jumps_now) at = i % 400 == 0 ? random() % size : std::min(size, at + random() % 2000);
    type(buffer, at, "int value = f(a, b);\n"[i % 21], jumps_now ? jumps : typing);
    ++at;
    ++size;
  }
  report("caller, typing", typing.caller);
  report("caller, after a jump", jumps.caller);
  report("worker before the model, typing", typing.worker);
  report("worker before the model, after a jump", jumps.worker);
  sw_buffer_free(buffer);
  sw_model_free(model);
  sw_engine_free(engine);
}
