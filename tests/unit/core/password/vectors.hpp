// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace extmail::tests {

enum class Strength { Weak, Enough };
enum class Speed { Quick, Slow, Costly };  ///< microseconds; milliseconds; tens of them and more

/// A stored value that another program made.
struct PasswordVector {
  std::string stored;
  Strength strength;
  Speed speed;
  std::string challenge = {};  ///< the mechanism that it serves
  std::string password = "extmail";
};

[[nodiscard]] const std::vector<PasswordVector>& password_vectors();

}  // namespace extmail::tests
