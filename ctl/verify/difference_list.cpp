// SPDX-License-Identifier: MIT
#include "ctl/verify/difference_list.hpp"

#include "core/printable.hpp"

#include <array>
#include <cstddef>
#include <ostream>

#include <nlohmann/json.hpp>

namespace extmail::ctl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxShownBytes = 300;
/// The reason comes first, where cut(1) finds it, whatever commas answers have.
constexpr std::array kNames{"reason", "question", "key", "classic", "now", "detail"};
constexpr const char* kHeader = "reason,question,key,classic,now,detail\r\n";

std::array<std::string, kNames.size()> fields_of(const Difference& difference) {
  return {difference.reason,  difference.question, difference.key,
          difference.classic, difference.now,      difference.detail};
}

std::string shown(const std::string& answer) {
  return answer.empty() ? "nothing" : printable(answer, kMaxShownBytes);
}

}  // namespace

void DifferenceList::add(const Difference& difference) {
  ++counts_[difference.reason];
  std::ostream& out = *output_.stream;
  const auto fields = fields_of(difference);
  if (output_.format == Format::Text) {
    out << printable(difference.key, kMaxShownBytes) << "  " << difference.question << ": "
        << shown(difference.classic) << " before, " << shown(difference.now) << " now  (" << difference.reason
        << ": " << printable(difference.detail, kMaxShownBytes) << ")\n";
  } else if (output_.format == Format::Json) {
    Json object;
    for (std::size_t i = 0; i < kNames.size(); ++i)
      object[kNames.at(i)] = fields.at(i);
    out << (has_begun_ ? ",\n" : "[\n") << object.dump(-1, ' ', false, Json::error_handler_t::replace);
  } else {
    if (!has_begun_) out << kHeader;
    for (std::size_t i = 0; i < kNames.size(); ++i)
      out << (i == 0 ? "" : ",") << csv_field(fields.at(i));
    out << "\r\n";
  }
  has_begun_ = true;
}

void DifferenceList::finish() {
  if (output_.format == Format::Json) *output_.stream << (has_begun_ ? "\n]\n" : "[]\n");
  if (output_.format == Format::Csv && !has_begun_) *output_.stream << kHeader;
  output_.stream->flush();
}

}  // namespace extmail::ctl
