// SPDX-License-Identifier: MIT
#include "ctl/explain/explanation.hpp"

#include "ctl/command.hpp"

namespace extmail::ctl {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passes:
      return "passes";
    case Verdict::Refused:
      return "refused";
    case Verdict::Temporary:
      return "temporary";
    case Verdict::Misconfigured:
      break;
  }
  return "misconfigured";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Found:
      return "found";
    case Outcome::NotFound:
      return "not_found";
    case Outcome::TemporaryFailure:
      return "temporary_failure";
    case Outcome::PermanentFailure:
      break;
  }
  return "permanent_failure";
}

int status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passes:
      return kDone;
    case Verdict::Refused:
      return kRefused;
    case Verdict::Temporary:
      return kNobodyCouldTell;
    case Verdict::Misconfigured:
      break;
  }
  return kWrongConfiguration;
}

Verdict verdict_on_failure(Outcome outcome) {
  return outcome == Outcome::PermanentFailure ? Verdict::Misconfigured : Verdict::Temporary;
}

}  // namespace extmail::ctl
