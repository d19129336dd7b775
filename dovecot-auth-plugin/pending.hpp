// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace extmail::dovecot {

/// Numbered questions that wait for their answers: a table in which adding, finding and taking cost the same
/// however many there are, and no memory is asked for once it has grown to what is under way at a time.
///
/// A tag is never given twice: its lower bits say where the question stands, the others count. Not to be
/// changed while for_each() runs.
template <typename Question>
class Pending {
 public:
  using Tag = std::uint64_t;

  /// Dovecot keeps far fewer requests than this; more would only wait in vain.
  static constexpr std::size_t kMax = 0xffff;

  [[nodiscard]] bool is_full() const { return count_ == kMax; }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

  /// The tag for the next add(). Precondition: not is_full().
  [[nodiscard]] Tag next_tag() const {
    return ((counter_ + 1) << kBits) | (free_.empty() ? places_.size() : free_.back());
  }

  /// A tag for a message that nobody waits for in this table.
  [[nodiscard]] Tag extra_tag() { return (++counter_ << kBits) | kMax; }

  /// Stands under next_tag() from now on.
  void add(Question question) {
    const Tag tag = next_tag();
    ++counter_;
    ++count_;
    if (free_.empty()) {
      places_.push_back({tag, std::move(question)});
    } else {
      places_[free_.back()] = {tag, std::move(question)};
      free_.pop_back();
    }
  }

  /// Whether the tag was ever given.
  [[nodiscard]] bool was_given(Tag tag) const { return (tag >> kBits) != 0 && (tag >> kBits) <= counter_; }

  /// Null when its question is not here (any more).
  [[nodiscard]] Question* find(Tag tag) {
    const std::size_t place = tag & kMax;
    return place < places_.size() && places_[place].tag == tag ? &places_[place].question : nullptr;
  }

  /// Precondition: find(tag).
  Question take(Tag tag) {
    const std::size_t place = tag & kMax;
    Question question = std::move(places_[place].question);
    places_[place] = {};
    free_.push_back(place);
    --count_;
    return question;
  }

  /// Calls visit(tag, question) for each.
  template <typename Visit>
  void for_each(Visit visit) {
    for (Place& place : places_) {
      if (place.tag != 0) visit(place.tag, place.question);
    }
  }

 private:
  static constexpr unsigned kBits = 16;

  struct Place {
    Tag tag = 0;  // 0: free
    Question question;
  };

  std::vector<Place> places_;
  std::vector<std::size_t> free_;
  std::size_t count_ = 0;
  Tag counter_ = 0;
};

}  // namespace extmail::dovecot
