// SPDX-License-Identifier: MIT
#include "authd/refusals.hpp"

namespace extmail::authd {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

Reply refusal(const Request& request, Status status, std::string_view reason) {
  Reply reply;
  reply.status = status;
  reply.tag = request.tag;
  reply.reason = reason;
  return reply;
}

Reply failure(const Request& request, Outcome outcome, std::string_view reason) {
  switch (outcome) {
    case Outcome::NotFound:
      return refusal(request, Status::Unknown, "no such mailbox");
    case Outcome::PermanentFailure:
      return refusal(request, Status::Permanent, reason);
    default:
      return refusal(request, Status::Temporary, reason);
  }
}

}  // namespace extmail::authd
