// The C handles, and the wall between C++ and C.
#pragma once

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "base/control.h"
#include "base/status.h"
#include "complete/ahead.h"
#include "complete/completion.h"
#include "complete/text.h"
#include "context/outline.h"
#include "context/repo_context.h"
#include "sidewinder/sidewinder.h"
#include "state/snapshot.h"

struct sw_engine {
  std::shared_ptr<sw::Engine> engine;
  uint32_t cpu_features;
};

struct sw_cancel {
  std::atomic<bool> set{false};
};

struct sw_tokenizer {
  std::shared_ptr<const sw::Tokenizer> tokenizer;
};

struct sw_detokenizer {
  std::shared_ptr<const sw::Tokenizer> tokenizer;
  sw::Detokenizer stream;
  std::string text;
};

struct sw_model {
  std::shared_ptr<const sw::LoadedModel> loaded;
  sw_tokenizer tokenizer;  // what sw_model_tokenizer() lends
  mutable std::mutex hashing;
  mutable std::string hash;  // guarded by hashing
};

struct sw_sequence {
  std::shared_ptr<const sw::LoadedModel> loaded;
  std::unique_ptr<sw::Sequence> sequence;
};

struct sw_snapshot {
  std::shared_ptr<const sw::LoadedModel> loaded;
  sw::Snapshot snapshot;
  std::atomic<int> holds{1};
};

struct sw_workspace {
  std::shared_ptr<sw::RepoIndex> index;
  std::unique_ptr<sw::ContextBuilder> builder;  // null without a tokenizer
};

struct sw_context {
  std::shared_ptr<const sw::RepoContext> context;
};

// What a buffer's last completion shows, and what was typed there since. No request: something else was edited.
struct sw_shown {
  std::shared_ptr<sw::Request> request;
  size_t offset = 0;
  std::string typed;
};

struct sw_buffer {
  ~sw_buffer() {
    if (ahead != nullptr) ahead->stop(*loaded->engine);
  }

  std::shared_ptr<const sw::LoadedModel> loaded;
  sw::Text text;
  std::string path;
  std::string language;
  std::shared_ptr<sw::PromptCache> cache;
  std::weak_ptr<sw::Request> last;  // superseded by the next one
  sw_shown shown;
  std::shared_ptr<sw::Ahead> ahead;  // what follows what is shown; null: not asked for

  sw::AnchoredWindows windows;      // of layouts that keep theirs
  std::shared_ptr<const sw::PromptContext> context;  // null: none
  std::shared_ptr<const sw::RepoContext> repo_context;  // that it was made of; null: of none
};

struct sw_outline {
  sw::Outline outline;
  std::string skeleton;
  bool by_syntax = false;
  size_t n_errors = 0;  // of the tree
};

struct sw_request {
  std::shared_ptr<const sw::LoadedModel> loaded;  // keeps engine and model while it runs
  std::shared_ptr<sw::Request> request;
};

namespace sw::api {

// Notes the text for sw_last_error() and gives the code.
sw_status fail(const Status& status) noexcept;
sw_status fail(sw_status code, const char* text) noexcept;

// Runs `body`, which returns a Status; the only catch in the library.
template <class Body>
sw_status guard(Body&& body) noexcept {
  try {
    const Status status = body();
    return status.ok() ? SW_OK : fail(status);
  } catch (const std::bad_alloc&) {
    return fail(SW_E_NO_MEMORY, "out of memory");
  } catch (const std::system_error&) {
    return fail(SW_E_NO_MEMORY, "the system gives no more threads");
  } catch (const std::length_error&) {
    return fail(SW_E_NO_MEMORY, "a size beyond what memory can hold");
  } catch (...) {
    return fail(SW_E_INTERNAL, "unexpected exception");
  }
}

inline Status missing(const char* what) { return error(Code::argument, "%s is NULL", what); }

// Copies a list of strings; `one` is what an error calls one of them.
inline Status read_strings(const char* const* list, size_t n, const char* name, const char* one, std::vector<std::string>& out) {
  if (list == nullptr && n > 0) return missing(name);
  for (size_t i = 0; i < n; ++i) {
    if (list[i] == nullptr) return missing(one);
    out.emplace_back(list[i]);
  }
  return {};
}

// The Control for one call; the options live as long as the call.
Status read_run_options(const sw_run_options* options, Control& out);
Status read_sampling(const sw_sampling_options* options, SamplingOptions& out);

// Copies an option struct of another version: what the caller's lacks is zero, what it has more must be zero bytes.
Status read_struct(const void* options, void* out, size_t out_bytes, const char* name);
// Copies `bytes` of `value`, which begins with its struct_size, over a caller's struct that may be shorter.
Status write_struct(const void* value, size_t value_bytes, void* out, const char* name);

template <class T>
Status read_options(const T* options, T& out, const char* name) {
  return options == nullptr ? Status() : read_struct(options, &out, sizeof(T), name);
}

// A struct inside another one ends where it ends, whatever its struct_size says.
template <class T>
Status check_nested(const T& nested, const char* name) {
  if (nested.struct_size <= sizeof(T)) return {};
  return error(Code::argument, "%s.struct_size is %zu; fill the struct by its INIT macro", name, nested.struct_size);
}

template <class T>
Status write_info(const T& value, T* out, const char* name) {
  return out == nullptr ? missing("out") : write_struct(&value, sizeof(T), out, name);
}

// The folder of the embedded model: beside the library, installed or in its build tree. not_found says where it looked.
Result<std::string> embedded_model_path();

}  // namespace sw::api
