// SPDX-License-Identifier: MIT
#pragma once

/// The files *.sh of this folder: what of a completion script doesn't depend on the words.
namespace extmail::ctl {

extern const char* const kWalkPart;  ///< of both shells
extern const char* const kBashPart;
extern const char* const kZshPart;

}  // namespace extmail::ctl
