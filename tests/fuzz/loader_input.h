// What the first byte of an input of loader_fuzz means.
#pragma once

namespace sw::test {

enum class LoaderInput : unsigned char {
  safetensors = 's',         // the rest is one file
  index = 'i',               // likewise
  config_and_weights = 'c',  // config.json, a NUL byte, a safetensors file
  params_and_weights = 'p',  // params.json, a NUL byte, a safetensors file
};

}  // namespace sw::test
