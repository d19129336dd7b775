// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/maildir/descriptor.hpp"

#include <string>

namespace extmail::ctl {

/// How deep folders are followed down: far more than any mail has, and few enough open files.
inline constexpr int kMaxFolderDepth = 64;

/// Deletes the folder name in the open folder parent, with all that is in it. Symbolic links are deleted, not followed.
/// path is its name for people.
///
/// Errors: Refused, with what could not be deleted; then part of it may be gone.
void remove_folder(const Descriptor& parent, const std::string& name, const std::string& path);

}  // namespace extmail::ctl
