// SPDX-License-Identifier: MIT
#include "policyd/access/forged_sender_rule.hpp"

#include "core/address_maps.hpp"

namespace extmail::policyd {

Answer<Judgement> ForgedSenderRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  using Verdict = Answer<Judgement>;
  if (facts->stage() != Stage::Mail && facts->stage() != Stage::Rcpt) return Verdict::not_found();
  if (facts->is_authenticated() || !facts->sender()) return Verdict::not_found();
  if (!facts->client() || settings_.networks.contains(facts->client())) return Verdict::not_found();
  const AddressMaps maps(rows.directory, clock_, *mail_);
  const auto ours = maps.virtual_mailbox_domains(facts->sender()->domain, {});
  if (!ours.is_found()) return Verdict::same_failure(ours);
  return Verdict::found(Action{"REJECT 5.7.1 senders of this domain have to authenticate",
                               "the sender's domain is ours, and the client has no login"});
}

}  // namespace extmail::policyd
