// SPDX-License-Identifier: MIT
#include "iteration.hpp"

#include "host_request.hpp"

#include <algorithm>
#include <utility>

namespace extmail::dovecot {

namespace auth = wire::auth;

namespace {

/// Dovecot's worker hands a name on in a line as it is.
bool fits_a_line(const std::string& name) {
  return !name.empty() &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace

/// Brings a page, unless the iteration ended before it came.
class Iteration::Page final : public Lookup {
 public:
  explicit Page(Iteration& iteration) : iteration_(&iteration) { iteration.page_ = this; }

  void finish(const auth::Reply& reply) override {
    if (iteration_ == nullptr) return;
    iteration_->page_ = nullptr;
    iteration_->take_page(reply);
  }

  void forget() { iteration_ = nullptr; }

 private:
  Iteration* iteration_;
};

Iteration::Iteration(Module<userdb_module>& userdb, ::auth_request* request, userdb_iter_callback_t* call,
                     void* for_whom)
    : userdb_iterate_context{request, call, for_whom, false}, userdb_(userdb) {
  auth_request_ref(auth_request);
}

Iteration::~Iteration() {
  if (page_ != nullptr) page_->forget();
  auth_request_unref(&auth_request);
}

void Iteration::next() {
  if (page_ != nullptr) return;
  if (told_ < names_.size()) {
    callback(names_[told_++].c_str(), context);
  } else if (has_more_) {
    ask_for_page();
  } else {
    callback(nullptr, context);
  }
  // Dovecot may have ended the iteration by now.
}

void Iteration::ask_for_page() {
  auth::Request question;
  question.verb = auth::Verb::List;
  question.after = last_;
  userdb_.ask(std::move(question), std::make_unique<Page>(*this));
}

void Iteration::take_page(const auth::Reply& reply) {
  if (reply.status != auth::Status::Ok) return end_as_failed(printable_reason(reply));
  if (reply.has_more && (reply.names.empty() || reply.names.back() == last_)) {
    return end_as_failed("extmail-authd says there are more users but names none; see its log");
  }
  names_.clear();
  told_ = 0;
  std::copy_if(reply.names.begin(), reply.names.end(), std::back_inserter(names_), fits_a_line);
  if (names_.size() < reply.names.size()) {
    e_warning(authdb_event(auth_request),
              "Left %zu users out of the list, whose names hold control characters",
              reply.names.size() - names_.size());
  }
  has_more_ = reply.has_more;
  if (has_more_) last_ = reply.names.back();
  next();
}

void Iteration::end_as_failed(const std::string& reason) {
  e_error(authdb_event(auth_request), "Listing users failed: %s", reason.c_str());
  failed = true;
  has_more_ = false;
  callback(nullptr, context);
}

}  // namespace extmail::dovecot
