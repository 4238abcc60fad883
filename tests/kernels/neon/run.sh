#!/bin/sh
# Builds the kernels and their tests for 64-bit Arm and runs them under qemu: with the dot products of Armv8.2, and on a processor
# without them. Exits 77, which is a skip, when a tool is missing.
# Usage: run.sh SOURCE_ROOT BUILD_FOLDER
set -eu
source=$1
folder=$2
gtest=/usr/src/googletest/googletest

for tool in aarch64-linux-gnu-g++ qemu-aarch64 meson ninja; do
  command -v $tool >/dev/null || { echo "*** NOT TESTED: $tool is not there (scripts/setup --all installs it)"; exit 77; }
done
[ -d $gtest ] || { echo "*** NOT TESTED: $gtest is not there (Debian: googletest)"; exit 77; }

mkdir -p "$folder/source/tests"
ln -sfn "$source/kernels" "$folder/source/kernels"
ln -sfn "$source/tests/kernels" "$folder/source/tests/kernels"
ln -sfn "$source/meson_options.txt" "$folder/source/meson_options.txt"
ln -sfn "$source/tests/kernels/neon/meson.build" "$folder/source/meson.build"
ln -sfn $gtest "$folder/source/gtest"

if [ ! -f "$folder/build/build.ninja" ]; then
  meson setup "$folder/build" "$folder/source" --cross-file "$source/tests/kernels/neon/aarch64.ini" -Dcuda=disabled -Dbench=false
fi
ninja -C "$folder/build"
meson test -C "$folder/build" --no-rebuild --print-errorlogs --timeout-multiplier 4

# cortex-a53 is Armv8.0: no dot products.
echo "+ kernels-test on a cortex-a53"
qemu-aarch64 -cpu cortex-a53 -L /usr/aarch64-linux-gnu "$folder/build/tests/kernels/kernels-test" --gtest_brief=1 | tee "$folder/cortex-a53.txt"
grep -q 'cannot run the neon_dot row' "$folder/cortex-a53.txt" || { echo "neon_dot was not left out on a processor without it"; exit 1; }
grep -q '^\[  PASSED  \]' "$folder/cortex-a53.txt"
