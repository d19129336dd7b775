// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_usage.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace extmail::maildir {

/// Who keeps maildirsize writes it anew at 5120 bytes (maildirquota(7)); one that is far beyond is no such file.
inline constexpr std::size_t kMaxMaildirSizeBytes = 65'536;

/// Reads a Maildir++ `maildirsize`: a line with the quota, which is not read because the database has it, then lines
/// `BYTES MESSAGES` that are to be added up, some negative.
///
/// Empty where it can't be relied on, as its keepers have it too: it is cut or no such file, or comes to less than
/// nothing. A last line without its end is one that is being written: it is left out.
[[nodiscard]] std::optional<Usage> read_maildir_size(std::string_view text);

}  // namespace extmail::maildir
