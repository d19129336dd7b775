// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/stats/metrics_page.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// What people read of a page.
struct Figure {
  std::string name;
  std::string text;
};

/// Of the page of `mapd`, `authd` or `policyd` what tells whether it is well, in the order of daemons side by side: names
/// that several have come first, and in the same order. now is in seconds since 1970. A figure whose metrics the page
/// lacks, of an older version say, is left out.
[[nodiscard]] std::vector<Figure> summary(std::string_view daemon, const MetricsPage& page, double now);

}  // namespace extmail::ctl
