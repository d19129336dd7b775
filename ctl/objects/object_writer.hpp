// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/object.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// What a command writes to add, change, rename or delete an object, with the rules kept. Each is to be called in a
/// transaction, and changes nothing by itself: the statements are put into changes.
///
/// Errors: Refused where the object is there already, or is not; what the object itself refuses.
class ObjectWriter {
 public:
  ObjectWriter(const Object& object, Object::Context context) : object_(object), context_(context) {}

  /// given: what was said of it, without its key.
  void add(const std::string& key, const Values& given, Changes& changes) const;
  void modify(const std::string& key, const Values& given, Changes& changes) const;
  void rename(const std::string& from, const std::string& to, Changes& changes) const;

  /// with_references: what else belongs to it is put right as well. Without that, one that may not be left behind
  /// refuses the whole. Gives back what it found.
  std::vector<Reference> remove(const std::string& key, bool with_references, Changes& changes) const;

  /// Errors: Refused where there is none.
  [[nodiscard]] Values existing(const std::string& key) const;

 private:
  const Object& object_;
  Object::Context context_;
};

}  // namespace extmail::ctl
