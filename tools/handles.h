// The library's objects with their owners.
#pragma once

#include <memory>

#include "sidewinder/sidewinder.h"

namespace sw::tool {

template <auto free_function>
struct Release {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using Engine = std::unique_ptr<sw_engine, Release<sw_engine_free>>;
using Model = std::unique_ptr<sw_model, Release<sw_model_free>>;
using OwnedTokenizer = std::unique_ptr<sw_tokenizer, Release<sw_tokenizer_free>>;
using Detokenizer = std::unique_ptr<sw_detokenizer, Release<sw_detokenizer_free>>;
using Sequence = std::unique_ptr<sw_sequence, Release<sw_sequence_free>>;
using Buffer = std::unique_ptr<sw_buffer, Release<sw_buffer_free>>;
using Outline = std::unique_ptr<sw_outline, Release<sw_outline_free>>;
using Request = std::unique_ptr<sw_request, Release<sw_request_free>>;

}  // namespace sw::tool
