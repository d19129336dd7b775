// SPDX-License-Identifier: MIT
#include "cork.hpp"

#include "dovecot.hpp"

namespace extmail::dovecot {

void Cork::hold(const auth_request& request) {
  if (++answers_ > kMost) release();
  ::ostream* output = client_output(request);
  // Corked already: by us, or by Dovecot, which then knows when to let go.
  if (output == nullptr || o_stream_is_corked(output)) return;
  o_stream_ref(output);
  o_stream_cork(output);
  held_.push_back(output);
}

void Cork::release() {
  for (::ostream* output : held_) {
    o_stream_uncork(output);
    o_stream_unref(&output);
  }
  held_.clear();
  answers_ = 0;
}

}  // namespace extmail::dovecot
