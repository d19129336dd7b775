// SPDX-License-Identifier: MIT
#include "sasl_calls.hpp"

#include <stdexcept>
#include <string>

#include <sasl/sasl.h>

namespace extmail::bench {

void require(int result, const char* what) {
  if (result != SASL_OK)
    throw std::runtime_error(std::string(what) + ": " + sasl_errstring(result, nullptr, nullptr));
}

}  // namespace extmail::bench
