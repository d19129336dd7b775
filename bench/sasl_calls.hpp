// SPDX-License-Identifier: MIT
#pragma once

namespace extmail::bench {

/// Throws what libsasl2 says of the result unless that is SASL_OK.
void require(int result, const char* what);

}  // namespace extmail::bench
