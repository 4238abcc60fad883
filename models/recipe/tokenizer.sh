#!/bin/sh
# Stage 2: the tokenizer. tokenizer.sh SAMPLE.txt OUT-PREFIX
# Control symbols, identity normalisation, byte fallback; the same ids for the controls as in the first model.
set -eu
spm_train --input="$1" --model_prefix="$2" --vocab_size=16384 --model_type=bpe --byte_fallback \
  --normalization_rule_name=identity --remove_extra_whitespaces=false --allow_whitespace_only_pieces=true \
  --split_digits=true --max_sentence_length=65536 --character_coverage=0.9995 --max_sentencepiece_length=24 \
  --control_symbols='[INST],[/INST],[PREFIX],[MIDDLE],[SUFFIX],[FILE],[REPO]' --num_threads=1
