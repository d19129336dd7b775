// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "maildir/maildir_size.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using extmail::maildir::kMaxMaildirSizeBytes;
using extmail::maildir::read_maildir_size;
using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto usage = read_maildir_size(text);
  if (!usage) return 0;
  require(size <= kMaxMaildirSizeBytes && usage->bytes <= INT64_MAX && usage->messages <= INT64_MAX);

  // What another program adds counts, once its line is whole.
  if (text.back() != '\n' || size + 4 > kMaxMaildirSizeBytes) return 0;
  require(read_maildir_size(text + "1 1") == usage);
  const auto more = read_maildir_size(text + "1 1\n");
  if (usage->bytes < INT64_MAX && usage->messages < INT64_MAX)
    require(more && more->bytes == usage->bytes + 1 && more->messages == usage->messages + 1);
  else
    require(!more);
  return 0;
}
