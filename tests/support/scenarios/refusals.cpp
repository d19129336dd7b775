// SPDX-License-Identifier: MIT
//
// recipient_access and sender_access: what a mailbox that may not is refused with.
#include "support/scenarios/topics.hpp"

namespace extmail::tests {

Scenarios refusal_scenarios() {
  constexpr const char* kSender = "sender_access";
  constexpr const char* kRecipient = "recipient_access";
  constexpr const char* kNoMail = ", it does not accept mail";
  constexpr const char* kNoSending = ", it may not send mail";
  const auto recipient = [&](const char* why) { return std::string("550 5.2.1 ") + why + kNoMail; };
  const auto sender = [&](const char* why) { return std::string("550 5.7.1 ") + why + kNoSending; };
  constexpr const char* kInactive = "the mailbox is inactive";
  constexpr const char* kExpired = "the mailbox has expired";
  constexpr const char* kDisabled = "the mailbox has this service disabled";
  return {
      {"an inactive recipient", kRecipient, "carol@test.com", recipient(kInactive)},
      {"in any case", kRecipient, "CAROL@test.com", recipient(kInactive)},
      {"with an extension", kRecipient, "carol+x@test.com", recipient(kInactive)},
      {"with a dash", kRecipient, "carol-x@test.com", recipient(kInactive), "lenient"},
      {"which is no delimiter here", kRecipient, "carol-x@test.com", nullptr},
      {"an expired one", kRecipient, "late@test.com", recipient(kExpired)},
      {"unless expiry is ignored", kRecipient, "late@test.com", nullptr, "lenient"},
      {"one that may not receive", kRecipient, "mute+x@test.com", recipient(kDisabled)},
      {"of several reasons the first", kRecipient, "all-wrong@test.com", recipient(kInactive)},
      {"the next one counts where it is ignored", kRecipient, "lapsed-mute@test.com", recipient(kDisabled),
       "lenient"},
      {"which else would not", kRecipient, "lapsed-mute@test.com", recipient(kExpired)},
      {"a domain's services, enforced", kRecipient, "user@services.com", recipient(kDisabled), "strict"},
      {"not enforced", kRecipient, "user@services.com", nullptr},
      {"one that may", kRecipient, "alice@test.com", nullptr},
      {"one that may not send may receive", kRecipient, "reader@test.com", nullptr},
      {"an alias", kRecipient, "support@test.com", nullptr},
      {"the catch-all does not take the mail of a mailbox", kRecipient, "off@catch.com",
       recipient(kInactive)},
      {"but that of nobody", kRecipient, "nobody@catch.com", nullptr},
      {"an unknown one is Postfix's to refuse", kRecipient, "nobody@example.org", nullptr},
      {"a domain that is not ours is none of our business", kRecipient, "x@old.com", nullptr},
      {"nor is one without a row", kRecipient, "orphan@norow.com", nullptr},
      {"a quoted name", kRecipient, "\"carol\"@test.com", recipient(kInactive)},

      {"an inactive sender", kSender, "carol@test.com", sender(kInactive)},
      {"with an extension", kSender, "carol+x@test.com", sender(kInactive)},
      {"an expired one", kSender, "late@test.com", sender(kExpired)},
      {"unless expiry is ignored", kSender, "late@test.com", nullptr, "lenient"},
      {"one that may not send", kSender, "reader+x@test.com", sender(kDisabled)},
      {"one that may not receive may send", kSender, "mute@test.com", nullptr},
      {"of several reasons the first", kSender, "all-wrong@test.com", sender(kInactive)},
      {"a domain's services, enforced", kSender, "user@services.com", sender(kDisabled), "strict"},
      {"not enforced", kSender, "user@services.com", nullptr},
      {"one that may", kSender, "alice@test.com", nullptr},
      {"an alias's members may use its name", kSender, "support@test.com", nullptr},
      {"a stranger", kSender, "a@example.org", nullptr},
      {"of a domain that is off", kSender, "x@old.com", nullptr},
  };
}

}  // namespace extmail::tests
