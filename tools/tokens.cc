#include "tokens.h"

#include "options.h"

namespace sw::tool {

Outcome encode(const sw_tokenizer* tokenizer, std::string_view text, uint32_t flags, const std::string& where,
               std::vector<int32_t>& out) {
  size_t n_ids = 0;
  out.resize(text.size() / 2 + 16);  // enough for ordinary code; what is not ordinary is encoded twice
  for (int attempt = 0; attempt < 2; ++attempt) {
    const sw_status status =
        sw_tokenizer_encode(tokenizer, text.data(), text.size(), flags, out.data(), out.size(), &n_ids);
    const int code = status == SW_E_NO_MEMORY ? kExitFailed : kExitBadInput;
    SW_TRY(from_status(status, code, where));
    const bool whole = n_ids <= out.size();
    out.resize(n_ids);
    if (whole) return success();
  }
  return failure(kExitFailed, SW_E_INTERNAL, where + ": the tokenizer changed its mind about the number of ids");
}

Outcome decode(const sw_tokenizer* tokenizer, const std::vector<int32_t>& ids, const std::string& where,
               std::string& out) {
  size_t length = 0;
  out.resize(ids.size() * 8 + 16);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const sw_status status = sw_tokenizer_decode(tokenizer, ids.data(), ids.size(), out.data(), out.size(), &length);
    const int code = status == SW_E_NO_MEMORY ? kExitFailed : kExitBadInput;
    SW_TRY(from_status(status, code, where));
    const bool whole = length <= out.size();
    out.resize(length);
    if (whole) return success();
  }
  return failure(kExitFailed, SW_E_INTERNAL, where + ": the tokenizer changed its mind about the length of the text");
}

Outcome decode_continuation(const sw_tokenizer* tokenizer, const std::vector<int32_t>& ids, const std::string& where,
                            std::string& out) {
  sw_detokenizer* raw = nullptr;
  SW_TRY(from_status(sw_detokenizer_create(tokenizer, 0, &raw), kExitFailed));
  const Detokenizer stream(raw);
  const char* text = nullptr;
  size_t length = 0;
  for (int32_t id : ids) {
    SW_TRY(from_status(sw_detokenizer_push(raw, id, &text, &length), kExitBadInput, where));
    out.append(text, length);
  }
  SW_TRY(from_status(sw_detokenizer_push(raw, -1, &text, &length), kExitFailed));
  out.append(text, length);
  return success();
}

Outcome control_id(const sw_tokenizer* tokenizer, const char* name, int32_t& out) {
  return from_status(sw_tokenizer_control_id(tokenizer, name, &out), kExitUsage);
}

void add_tokenizer_options(CLI::App& app, TokenizerFlags& flags) {
  CLI::Option* model =
      app.add_option("--model", flags.model, "Take the tokenizer of this checkpoint; default: the embedded model's");
  model->type_name("DIR");
  app.add_option("--tokenizer", flags.file, "Take this SentencePiece model")->type_name("FILE")->excludes(model);
}

Outcome open_tokenizer(const TokenizerFlags& flags, TokenizerSource& out) {
  if (!flags.file.empty()) {
    sw_tokenizer* tokenizer = nullptr;
    const sw_status status = sw_tokenizer_open(flags.file.c_str(), &tokenizer);
    out.own.reset(tokenizer);
    out.tokenizer = tokenizer;
    return from_status(status, status == SW_E_NO_MEMORY ? kExitFailed : kExitNoModel);
  }
  EngineFlags engine_flags;
  engine_flags.threads = 1;  // nothing is computed
  ModelFlags model_flags;
  model_flags.path = flags.model;
  SW_TRY(open_engine(engine_flags, out.engine));
  SW_TRY(open_model(out.engine.get(), model_flags, WantTokenizer::yes, out.model));
  out.tokenizer = sw_model_tokenizer(out.model.get());
  if (out.tokenizer != nullptr) return success();
  return failure(kExitNoModel, SW_E_NOT_FOUND,
                 (flags.model.empty() ? "the embedded model" : flags.model) + ": no tokenizer beside the weights");
}

}  // namespace sw::tool
