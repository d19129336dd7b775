// SPDX-License-Identifier: MIT
#include "policyd/limits/headroom.hpp"

#include "core/address.hpp"
#include "core/address_maps.hpp"
#include "core/idn.hpp"
#include "policyd/limits/limit_subject.hpp"
#include "policyd/state/state_key.hpp"

#include <utility>

namespace extmail::policyd {
namespace {

using Lines = Headroom::Lines;

/// What the text may mean.
struct Asked {
  std::optional<IpAddress> client;
  std::optional<Address> address;
  std::optional<std::string> domain;
  std::string login;  ///< any text is one
};

Asked read(const std::string& text) {
  Asked asked;
  asked.login = fold_case(text);
  asked.client = IpAddress::parse(text.substr(0, text.find('/')));
  if (asked.client) return asked;
  if (text.starts_with('@')) {
    asked.domain = parse_domain(text.substr(1));
    return asked;
  }
  asked.address = parse_address(text);
  if (asked.address) asked.domain = asked.address->domain;
  return asked;
}

std::optional<LimitSubject> subject_in(const Limit& limit, const Asked& asked,
                                       const std::vector<Address>& names, std::string_view delimiters) {
  switch (limit.per) {
    case Limit::Per::SaslUsername:
      if (asked.address) return subject_of_address(*asked.address, "");
      if (asked.client || asked.domain) return std::nullopt;
      return LimitSubject{key_part(asked.login), {}, {}, false};
    case Limit::Per::Sender:
      if (!asked.address) return std::nullopt;
      return subject_of_address(*asked.address, delimiters);
    case Limit::Per::Recipient:
      if (names.empty()) return std::nullopt;
      return subject_of_recipient(limit, names, delimiters);
    case Limit::Per::RecipientDomain:
      if (!names.empty()) return subject_of_recipient(limit, names, delimiters);
      [[fallthrough]];
    case Limit::Per::SaslDomain:
    case Limit::Per::SenderDomain:
      if (!asked.domain) return std::nullopt;
      return subject_of_domain(*asked.domain);
    case Limit::Per::ClientNetwork:
      break;
  }
  if (!asked.client) return std::nullopt;
  return subject_of_client(limit, *asked.client);
}

/// One more of each, and one that never has room: so that nothing is counted, and the answer is when each has.
std::vector<Charge> questions_of(const Lines& lines) {
  std::vector<Charge> charges;
  for (const auto& line : lines) {
    if (!line.most) continue;
    const Window window{*line.most, line.period};
    charges.push_back({limit_key(line.limit, window, line.subject), window, 1, true});
  }
  charges.push_back({state_key({"limit", "asked"}), {0, std::chrono::seconds(1)}, 1, true});
  return charges;
}

}  // namespace

Answer<Lines> lines_of(const std::string& subject, const Headroom::Settings& settings, const Rows& rows,
                       const Clock& clock) {
  const Asked asked = read(subject);
  std::vector<Address> names;
  if (asked.address) {
    const auto& found = rows.names_of(*asked.address, AddressMaps(rows.directory, clock, *settings.mail));
    if (!found.is_found()) return Answer<Lines>::same_failure(found);
    names = found.value();
  }
  Lines lines;
  for (const Limit& limit : settings.limits) {
    const auto counted = subject_in(limit, asked, names, settings.mail->recipient_delimiter);
    if (!counted) continue;
    auto allowance = allowance_of(limit, *counted, settings.limits, rows);
    if (!allowance.is_found()) return Answer<Lines>::same_failure(allowance);
    const bool is_exempt = asked.client && limit.exempt_networks.contains(asked.client);
    const auto most = is_exempt ? std::nullopt : allowance.value().most;
    HeadroomLine line{limit.name,
                      limit.per,
                      limit.count,
                      counted->name,
                      limit.window.period,
                      0,
                      most,
                      std::chrono::seconds(0),
                      limit.is_log_only,
                      false,
                      std::move(allowance.value().from)};
    lines.push_back(line);
    if (!limit.burst || !most) continue;
    line.period = limit.burst->period;
    line.most = limit.burst->limit;
    line.is_burst = true;
    line.from.clear();
    lines.push_back(std::move(line));
  }
  return Answer<Lines>::found(std::move(lines));
}

Headroom::Headroom(cache::Store& store, State& state, const Clock& clock, Settings settings)
    : store_(store),
      state_(state),
      clock_(clock),
      settings_(std::make_shared<const Settings>(std::move(settings))) {}

void Headroom::find(const std::string& subject, std::function<void(Answer<Lines>)> done) {
  const auto count = [&state = state_, done = std::move(done)](Answer<Lines> lines, cache::AnsweredFrom) {
    if (!lines.is_found() || lines.value().empty()) return done(std::move(lines));
    state.take(questions_of(lines.value()),
               [lines = lines.value(), done](const Answer<Taken>& taken) mutable {
                 if (!taken.is_found()) return done(Answer<Lines>::same_failure(taken));
                 auto standing = taken.value().standings.begin();
                 for (auto& line : lines) {
                   if (!line.most) continue;
                   line.used = standing->used;
                   line.room_in = standing->room_in;
                   ++standing;
                 }
                 done(Answer<Lines>::found(std::move(lines)));
               });
  };
  store_.ask(
      [subject, settings = settings_.load(), &clock = clock_](const cache::View& view) {
        const IdnDirectory either_form(view);
        return lines_of(subject, *settings, {either_form, view}, clock);
      },
      count);
}

}  // namespace extmail::policyd
