// SPDX-License-Identifier: MIT
#include "core/password/scheme.hpp"

#include "core/address.hpp"
#include "core/password/encoding.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail::password {
namespace {

struct Scheme {
  std::string_view name;
  Form form;
  Digest digest = Digest::Md5;
};

// Names as Dovecot has them; MD5RAW is Courier's, MD5CRYPT is ExtMail's. Which kind of crypt(3) it is says the
// hash itself.
constexpr std::array kSchemes{
    Scheme{"CRYPT", Form::Crypt},
    Scheme{"MD5-CRYPT", Form::Crypt},
    Scheme{"MD5CRYPT", Form::Crypt},
    Scheme{"SHA256-CRYPT", Form::Crypt},
    Scheme{"SHA512-CRYPT", Form::Crypt},
    Scheme{"BLF-CRYPT", Form::Crypt},
    Scheme{"DES-CRYPT", Form::Crypt},
    Scheme{"PLAIN", Form::Clear},
    Scheme{"CLEAR", Form::Clear},
    Scheme{"CLEARTEXT", Form::Clear},
    Scheme{"MD5", Form::Digest, Digest::Md5},
    Scheme{"MD5RAW", Form::Digest, Digest::Md5},
    Scheme{"PLAIN-MD5", Form::Digest, Digest::Md5},
    Scheme{"LDAP-MD5", Form::Digest, Digest::Md5},
    Scheme{"SHA", Form::Digest, Digest::Sha1},
    Scheme{"SHA1", Form::Digest, Digest::Sha1},
    Scheme{"SHA256", Form::Digest, Digest::Sha256},
    Scheme{"SHA512", Form::Digest, Digest::Sha512},
    Scheme{"SMD5", Form::SaltedDigest, Digest::Md5},
    Scheme{"SSHA", Form::SaltedDigest, Digest::Sha1},
    Scheme{"SSHA256", Form::SaltedDigest, Digest::Sha256},
    Scheme{"SSHA512", Form::SaltedDigest, Digest::Sha512},
    Scheme{"PBKDF2", Form::Pbkdf2, Digest::Sha1},
    Scheme{"ARGON2I", Form::Argon2},
    Scheme{"ARGON2ID", Form::Argon2},
    Scheme{"SCRAM-SHA-1", Form::Scram, Digest::Sha1},
    Scheme{"SCRAM-SHA-256", Form::Scram, Digest::Sha256},
    Scheme{"CRAM-MD5", Form::CramMd5},
    Scheme{"HMAC-MD5", Form::CramMd5},
    Scheme{"DIGEST-MD5", Form::DigestMd5},
};

enum class Encoding { Usual, Hex, Base64 };

struct Reading {
  Scheme scheme;
  Encoding encoding = Encoding::Usual;
};

std::optional<Encoding> find_encoding(std::string_view suffix) {
  if (same_key(suffix, "HEX")) return Encoding::Hex;
  if (same_key(suffix, "B64") || same_key(suffix, "BASE64")) return Encoding::Base64;
  return std::nullopt;
}

/// `SHA512.HEX`: a scheme, and how it is encoded.
std::optional<Reading> find_reading(std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::string_view base = name.substr(0, dot);
  const auto* const scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& s) { return same_key(s.name, base); });
  if (scheme == kSchemes.end()) return std::nullopt;
  if (dot == std::string_view::npos) return Reading{*scheme};
  const auto encoding = find_encoding(name.substr(dot + 1));
  if (!encoding) return std::nullopt;
  return Reading{*scheme, *encoding};
}

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool is_argon2(std::string_view text) {
  return begins_with(text, "$argon2i$") || begins_with(text, "$argon2id$");
}

/// The prefixes of crypt(5).
bool looks_like_crypt(std::string_view text) {
  constexpr std::array<std::string_view, 12> kPrefixes{"$1$", "$2a$", "$2b$", "$2x$", "$2y$",   "$3$",
                                                       "$5$", "$6$",  "$7$",  "$y$",  "$sha1$", "$md5"};
  return begins_with(text, "$gy$") || std::any_of(kPrefixes.begin(), kPrefixes.end(),
                                                  [text](auto prefix) { return begins_with(text, prefix); });
}

/// How a value is to be read that names no scheme.
std::optional<Reading> guess_reading(std::string_view text, std::string_view default_scheme) {
  if (is_argon2(text)) return find_reading("ARGON2ID");
  const auto usual = find_reading(default_scheme);
  // Dovecot's PBKDF2 begins with $1$ as well.
  const bool own = usual && usual->scheme.form == Form::Pbkdf2;
  return !own && looks_like_crypt(text) ? find_reading("CRYPT") : usual;
}

bool has_one_length(Form form) {
  return form == Form::Digest || form == Form::CramMd5 || form == Form::DigestMd5;
}

bool is_binary(Form form) {
  return has_one_length(form) || form == Form::SaltedDigest;
}

/// Of forms that have one.
std::size_t length_of(const Scheme& scheme) {
  const std::size_t digest = bytes_of(scheme.digest);
  return scheme.form == Form::CramMd5 ? 2 * digest : digest;
}

std::optional<Secret> decode(std::string_view text, const Reading& reading) {
  if (reading.encoding == Encoding::Hex) return decode_hex(text);
  if (reading.encoding == Encoding::Base64) return decode_base64(text);
  const Form form = reading.scheme.form;
  if (!is_binary(form)) return Secret(text);
  const bool hex = has_one_length(form) && text.size() == 2 * length_of(reading.scheme);
  return hex ? decode_hex(text) : decode_base64(text);
}

bool is_well_formed(const StoredValue& value, const Scheme& scheme) {
  if (has_one_length(value.form)) return value.bytes.view().size() == length_of(scheme);
  if (value.form == Form::SaltedDigest) return value.bytes.view().size() > bytes_of(value.digest);
  return !value.bytes.empty();
}

/// Dovecot's {MD5}, also behind a suffix.
bool is_md5_crypt(std::string_view text, const Scheme& scheme) {
  return scheme.name == "MD5" && begins_with(text, "$1$");
}

}  // namespace

bool is_scheme(std::string_view name) {
  return find_reading(name).has_value();
}

std::optional<StoredValue> read_stored(std::string_view stored, std::string_view default_scheme) {
  if (stored.empty() || stored.size() > kMaxStoredBytes) return std::nullopt;
  const std::size_t close = stored.find('}');
  const bool named = stored.front() == '{' && close != std::string_view::npos;
  const std::string_view text = named ? stored.substr(close + 1) : stored;
  auto reading = named ? find_reading(stored.substr(1, close - 1)) : guess_reading(stored, default_scheme);
  if (!reading) return std::nullopt;

  if (is_md5_crypt(text, reading->scheme)) reading->scheme.form = Form::Crypt;
  auto bytes = decode(text, *reading);
  if (!bytes) return std::nullopt;
  if (is_md5_crypt(bytes->view(), reading->scheme)) reading->scheme.form = Form::Crypt;
  StoredValue value{reading->scheme.form, reading->scheme.digest, std::move(*bytes), named};
  if (!is_well_formed(value, reading->scheme)) return std::nullopt;
  return value;
}

}  // namespace extmail::password
