// SPDX-License-Identifier: MIT
#include "ctl/objects/field.hpp"

#include "ctl/problem.hpp"
#include "support/catch.hpp"

using namespace extmail::ctl;

namespace {

constexpr Field field(FieldKind kind) {
  return {.column = "column", .kind = kind, .help = "", .max_characters = 4};
}

}  // namespace

TEST_CASE("what an administrator writes is put into the table as ExtMan writes it") {
  struct Case {
    FieldKind kind;
    std::string given;
    std::string stored;
  };
  const auto& [kind, given, stored] = GENERATE(values<Case>({
      {FieldKind::Text, "", ""},
      {FieldKind::Text, "陈小明君", "陈小明君"},
      {FieldKind::Count, "0", "0"},
      {FieldKind::Count, "2147483647", "2147483647"},
      {FieldKind::Size, "unlimited", "0S"},
      {FieldKind::Size, "0", "0S"},
      {FieldKind::Size, "500M", "524288000S"},
      {FieldKind::Size, "2G", "2147483648S"},
      {FieldKind::Size, "3K", "3072S"},
      {FieldKind::Size, "1T", "1099511627776S"},
      {FieldKind::Size, "524288000", "524288000S"},
      {FieldKind::Size, "524288000S", "524288000S"},
      {FieldKind::Date, "never", "0000-00-00"},
      {FieldKind::Date, "0000-00-00", "0000-00-00"},
      {FieldKind::Date, "2028-02-29", "2028-02-29"},
      {FieldKind::Period, "never", "0"},
      {FieldKind::Period, "1y", "1y"},
      {FieldKind::Flag, "yes", "1"},
      {FieldKind::Flag, "0", "0"},
  }));
  CAPTURE(given);
  CHECK(to_stored(field(kind), given) == stored);
}

TEST_CASE("what a column can't have is refused by name") {
  struct Case {
    FieldKind kind;
    std::string given;
  };
  const auto& [kind, given] = GENERATE(values<Case>({
      {FieldKind::Text, "five5"},
      {FieldKind::Text, "陈小明君好"},
      {FieldKind::Text, "a\nb"},
      {FieldKind::Text, "\xff"},
      {FieldKind::Count, ""},
      {FieldKind::Count, "-1"},
      {FieldKind::Count, "2147483648"},
      {FieldKind::Count, "1x"},
      {FieldKind::Size, ""},
      {FieldKind::Size, "M"},
      {FieldKind::Size, "-5M"},
      {FieldKind::Size, "1.5G"},
      {FieldKind::Size, "9223372036854775807"},
      {FieldKind::Size, "99999999T"},
      {FieldKind::Date, "2027-02-29"},
      {FieldKind::Date, "2027-1-1"},
      {FieldKind::Date, "31.12.2027"},
      {FieldKind::Date, ""},
      {FieldKind::Period, "1w"},
      {FieldKind::Period, "y"},
      {FieldKind::Period, ""},
      {FieldKind::Flag, "maybe"},
      {FieldKind::Flag, ""},
  }));
  CAPTURE(given);
  CHECK_THROWS_AS(to_stored(field(kind), given), Misuse);
  CHECK_THROWS_WITH(to_stored(field(kind), given), Catch::Matchers::StartsWith("column: "));
}

TEST_CASE("a choice is one of its words, as they are written") {
  const Field choice{
      .column = "column", .kind = FieldKind::Choice, .help = "", .choices = "postmaster|admin"};
  CHECK(to_stored(choice, "postmaster") == "postmaster");
  CHECK(to_stored(choice, "admin") == "admin");
  for (const char* given : {"", "post", "ADMIN", "postmaster|admin", "|", "admin "}) {
    CAPTURE(given);
    CHECK_THROWS_AS(to_stored(choice, given), Misuse);
  }
}

TEST_CASE("people see a row's values in the words that they would use") {
  struct Case {
    FieldKind kind;
    std::string stored;
    std::string shown;
  };
  const auto& [kind, stored, shown] = GENERATE(values<Case>({
      {FieldKind::Size, "524288000S", "500M"},
      {FieldKind::Size, "1536S", "1536"},
      {FieldKind::Size, "0S", "unlimited"},
      {FieldKind::Size, "", "unlimited"},
      {FieldKind::Size, "1000C", "1000C"},
      {FieldKind::Size, "nonsense", "nonsense"},
      {FieldKind::Date, "0000-00-00", "never"},
      {FieldKind::Date, "2027-01-31", "2027-01-31"},
      {FieldKind::Period, "0", "never"},
      {FieldKind::Flag, "1", "yes"},
      {FieldKind::Flag, "0", "no"},
      {FieldKind::Flag, "7", "7"},
      {FieldKind::Count, "12", "12"},
  }));
  CAPTURE(stored);
  CHECK(to_shown(field(kind), stored) == shown);
}

TEST_CASE("help and shells are told what a column takes") {
  CHECK(type_name_of(field(FieldKind::Text)) == "TEXT");
  CHECK(type_name_of(field(FieldKind::Count)) == "NUMBER");
  CHECK(type_name_of(field(FieldKind::Flag)) == "{yes,no}");
  Field choice = field(FieldKind::Choice);
  choice.choices = "postmaster|admin";
  CHECK(type_name_of(choice) == "{postmaster,admin}");
}
