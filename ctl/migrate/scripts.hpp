// SPDX-License-Identifier: MIT
#pragma once

/// The files of sql/, as they are installed: extmailctl runs the same as an administrator would.
namespace extmail::ctl {

extern const char* const kSchemaScript;  ///< extmail.sql
extern const char* const kChangeLogScript;
extern const char* const kLoginScript;
extern const char* const kPolicyScript;
extern const char* const kUsageScript;
extern const char* const kDecisionScript;
extern const char* const kGrantsScript;

}  // namespace extmail::ctl
