// SPDX-License-Identifier: MIT
#include "vectors.hpp"

namespace extmail::tests {
namespace {

constexpr auto kWeak = Strength::Weak;
constexpr auto kEnough = Strength::Enough;
constexpr auto kQuick = Speed::Quick;
constexpr auto kSlow = Speed::Slow;
constexpr auto kCostly = Speed::Costly;

// 96 bytes: over the block of MD5 and SHA-256, and not ASCII.
const std::string kLong =
    "Grüße aus der Küche, Grüße aus der Küche, Grüße aus der Küche, Grüße aus der Küche, ";

std::vector<PasswordVector> make_vectors() {
  return {
      // ExtMail's own first row, and `openssl passwd -1 -salt phz1mRrj`.
      {"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", kWeak, kSlow},
      {"{CRYPT}$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", kWeak, kSlow},
      // userdbpw -md5 (Courier)
      {"$1$dizznKXJ$/waxdqBpUt3WgO7Bpngd0.", kWeak, kSlow},

      // mkpasswd (whois), -m descrypt, bsdicrypt, sunmd5, nt, bcrypt-a, bcrypt, yescrypt, gost-yescrypt, scrypt
      {"H4nn.zyDTrtKA", kWeak, kSlow},
      {"{CRYPT}H4nn.zyDTrtKA", kWeak, kSlow},
      {"_J9..tdxyng9BcV6MEJE", kWeak, kSlow},
      {"{CRYPT}_J9..tdxyng9BcV6MEJE", kWeak, kSlow},
      {"$md5,rounds=67783$1jbllGgN$$C717y18Mv29xVKNA3S0Fp/", kWeak, kCostly},
      {"{CRYPT}$3$$5cf43f29894059aba3199dd09c2cc2fc", kWeak, kSlow},
      {"$2a$05$9dU8utsK66rvDaEbxz2DZuIvbFzPLTaG35zsORkAWkXL/g1MM//9m", kWeak, kSlow},
      {"$2b$05$bC0EFI.JMHDBdj8Khj6.OexKjwWxyxCbjH/VsC8rjiE8Svyin5Pfy", kWeak, kSlow},
      {"$2b$10$BF.PWxKuHCoolb0I03GSvuxbKsclDXh6tZ98Wd/deh3lwZ6bPHsEy", kEnough, kCostly},
      {"$y$j75$NvZu2nFm.wJ32IORcIZ5a.$6ciL00s/qE0N2BYYExWT6uOA0ARyoQQWqjJ2CImeGY2", kWeak, kSlow},
      {"{CRYPT}$y$j9T$In1A4uEYPHoJHgWPRkfmh.$KxZjqmwrMepo/dJF1yoIPA/sIGZ6qgR0eS9E90wYKCD", kEnough, kCostly},
      {"$gy$j75$Gt3wj1ojLOXXUgeLpUicg/$VwLvdCtCjsiQJkXsXjpmrccsYuYL3nCtuggktwLIn/C", kWeak, kSlow},
      {"$gy$j9T$X.mMZNNZSxevloKwGOR3q/$nm1BdTG56/nexfhk9iBG0J7M9nPb3oCGsRL3JxQOFSA", kEnough, kCostly},
      {"$7$BU..../....rh4R2w3e4HCDMuhhJ4vpj.$ry/7B3TwPZLni/bC4ONgKLaO3wHzWkSsxcNwLwz5qCB", kEnough, kCostly},

      // openssl passwd -5, -6, mkpasswd -m sha-256 -R 1000
      {"$5$extmail1$/O8cOYpsjf/a3C1RfeFqWgewRqm.irIBy6kIhXHJqH/", kWeak, kSlow},
      {"{crypt}$5$rounds=1000$extmail1$aDOFG3uXoVaWksiGyp54.oyUGDBgRwFhp3UO1/X7.78", kWeak, kSlow},
      {"$6$extmail1$vdAi57TbfIHRB62aRL605.le7KZF6HsfF2Yl2UgAn9D2oCWmEBskOswzjUZZble/aM6dIxVpdq8.MhW2YQOpb/",
       kWeak, kSlow},

      // passlib: des_crypt, bsdi_crypt, sun_md5_crypt, sha1_crypt, sha512_crypt
      {"khvSfnnQ1T2Nk", kWeak, kSlow},
      {"_7C/.15z9XHYrJT9lab6", kWeak, kSlow},
      {"$md5,rounds=100$WXk29U2m$$aMTlnzvnCyS9P1dYkfbww1", kWeak, kSlow},
      {"$sha1$5000$wC1wkuIt$oob6t0.UPEM4BoHGQahfnKxSWofu", kWeak, kSlow},
      {"{CRYPT}$6$rounds=6000$rJ2.6Dzn4JrKEkRQ$"
       "V7EVzNdLDSzO0LYZBV9DMBOB/9NcZqjcCwAy8Iz8r9iNR2C0LWx4Z2Q1gYLxeiIKyUW80/lMPS24TPIhGmDDN/",
       kWeak, kSlow},
      {"{CRYPT}$6$rounds=100000$ocB8DmAjd8fvsEw6$"
       "LfoSdz43xXtODJtiZn4G8KngKs6eHR04U5aFNC8aKfgHRD/7fRSpVsm2UtHbNFOzXT77Oox2nWueOpgnVnbDW1",
       kEnough, kCostly},

      // doveadm pw -s MD5-CRYPT, MD5, MD5.B64, SHA256-CRYPT, SHA512-CRYPT, SHA512-CRYPT.B64, BLF-CRYPT, DES-CRYPT, CRYPT.BASE64
      {"{MD5-CRYPT}$1$mVYxGhXY$GIc17aF/UrlmLyj6VjW/30", kWeak, kSlow},
      {"{MD5}$1$s/kLxoRO$d/sdjPAKFnhCIWsi4Xh84/", kWeak, kSlow},
      {"{MD5.B64}JDEkOG4wOEdjYWokcm5ib2x0STQ4RlJCTzlQYWZzcGJOLg==", kWeak, kSlow},
      {"{SHA256-CRYPT}$5$MWr/hfzhAxT.DImZ$leKLNnncK3oy1BKTkpu9lHfuTVrgNn4aUCXuov3iOb3", kWeak, kSlow},
      {"{SHA512-CRYPT}$6$PIU7tPAgD4s0I1KL$"
       "qBzcDDwAPbyrVwt5IWzU54XdrOqCwlkKeVpk2djYjjsy1755RrZimNX0KIQO61h8bPDhUvjcUaaEG/jXfRZeZ0",
       kWeak, kSlow},
      {"{SHA512-CRYPT.B64}"
       "JDYkRFNuZkJ3SWlIRExQN3pZOCRDZE4vSU1kQmEuVU1iLkRXQ2Y4MzYyY2xjWVpjMzRCUGg2NTYuUTl4UG56Li44"
       "MldjQy9MWTdpN29zYVMuU0QxQkNnUUI0b05sbXdsQzJZLmlxTVgwMQ==",
       kWeak, kSlow},
      {"{BLF-CRYPT}$2y$05$J4vlMzaANB6kdCUO1dfGB.7222VVyda.KAs.2LirBw1MZd7M4tfDe", kWeak, kSlow},
      {"{DES-CRYPT}cfwpujZcz06xM", kWeak, kSlow},
      {"{CRYPT.BASE64}JDJ5JDA1JGt5Q25uT2pXSExXb3hEeDEyeEtqRE85dEdzMlNDOXRvWnpvZTUudlJlcXRiTTA3aUxiRXRx",
       kWeak, kSlow},

      // Texts, and doveadm pw -s PLAIN.B64, PLAIN.HEX
      {"{PLAIN}extmail", kWeak, kQuick},
      {"{CLEAR}extmail", kWeak, kQuick},
      {"{CLEARTEXT}extmail", kWeak, kQuick},
      {"{Plain}extmail", kWeak, kQuick},
      {"{PLAIN.B64}ZXh0bWFpbA==", kWeak, kQuick},
      {"{PLAIN.HEX}6578746d61696c", kWeak, kQuick},
      {"{plain}" + kLong, kWeak, kQuick, {}, kLong},

      // Python's hashlib and base64, in the forms that Courier's library verified ({MD5}, {MD5RAW}, {SHA}, {SHA256},
      // {SHA512}, {SSHA}); Perl's md5_base64 leaves the padding away.
      {"{MD5}OTfbCPlBsxgDLDZ066bZkg==", kWeak, kQuick},
      {"{MD5}OTfbCPlBsxgDLDZ066bZkg", kWeak, kQuick},
      {"{MD5}3937db08f941b318032c3674eba6d992", kWeak, kQuick},
      {"{MD5RAW}3937db08f941b318032c3674eba6d992", kWeak, kQuick},
      {"{md5raw}OTfbCPlBsxgDLDZ066bZkg==", kWeak, kQuick},
      {"{SHA}75a9aa24bdd16e68c7335cd4f748506420cb261f", kWeak, kQuick},
      {"{SSHA}RdpQYFoYOvUXwEohAmq3jhzxLPVzYWx0", kWeak, kQuick},

      // doveadm pw -s PLAIN-MD5, PLAIN-MD5.B64, LDAP-MD5, LDAP-MD5.HEX, SHA, SHA1, SHA256, SHA256.HEX, SHA512, SHA512.HEX
      {"{PLAIN-MD5}3937db08f941b318032c3674eba6d992", kWeak, kQuick},
      {"{PLAIN-MD5}3937DB08F941B318032C3674EBA6D992", kWeak, kQuick},
      {"{PLAIN-MD5.B64}OTfbCPlBsxgDLDZ066bZkg==", kWeak, kQuick},
      {"{PLAIN-MD5}OTfbCPlBsxgDLDZ066bZkg==", kWeak, kQuick},
      {"{LDAP-MD5}OTfbCPlBsxgDLDZ066bZkg==", kWeak, kQuick},
      {"{LDAP-MD5.HEX}3937db08f941b318032c3674eba6d992", kWeak, kQuick},
      {"{LDAP-MD5}3937db08f941b318032c3674eba6d992", kWeak, kQuick},
      {"{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=", kWeak, kQuick},
      {"{SHA1}damqJL3RbmjHM1zU90hQZCDLJh8=", kWeak, kQuick},
      {"{SHA256}ZKR7KfcqtYQ4EnsXgchLPgdt88YT19mbDRs7TNHciy8=", kWeak, kQuick},
      {"{SHA256.hex}64a47b29f72ab58438127b1781c84b3e076df3c613d7d99b0d1b3b4cd1dc8b2f", kWeak, kQuick},
      {"{SHA512}SZY4lEvmyUJgMe96qWxNyW3FZeMtw5+P8cN3f7woA9CjD48qHLysPuKwi/kVgtzmpfez3N/UYVsfRHKsPjGbzw==",
       kWeak, kQuick},
      {"{SHA512.HEX}"
       "499638944be6c9426031ef7aa96c4dc96dc565e32dc39f8ff1c3777fbc2803d0a30f8f2a1cbcac3ee2b08bf91582dce6"
       "a5f7b3dcdfd4615b1f4472ac3e319bcf",
       kWeak, kQuick},

      // doveadm pw -s SMD5, SMD5.HEX, SSHA, SSHA.HEX, SSHA256, SSHA256.HEX, SSHA512
      {"{SMD5}rqrbLb4aOSoKjMmG+KZ7pmd0fxw=", kWeak, kQuick},
      {"{SMD5.HEX}0d162f988c7ff417d2c14d3d871bc0234d4f614d", kWeak, kQuick},
      {"{SSHA}ileiXpBBx6/Nw1+sEtYfvyr0hsT+Ot4r", kWeak, kQuick},
      {"{SSHA.HEX}a38a0807a4ae735ebd27a3bf798e3452a2344eb4ad4f7093", kWeak, kQuick},
      {"{SSHA256}0m2Eu/XJs+TzpuX3t9W/7HXs1H9zx8qc8EX1mcj2VVFbHuiZ", kWeak, kQuick},
      {"{SSHA256.HEX}8674fda20893d8d9896e6fe56f0186271a4f6bb366f32e9940b84b26ea2c6cae2b039779", kWeak,
       kQuick},
      {"{SSHA512}mH1DV/"
       "zZ2zWL6vvXf8hCqjMJs0rXGGG+p4T7wqyg+00pjov7nBU609Zq9DPqcxbu4Z+lfxGpXoYnI6zMaRr0xnGbjs4=",
       kWeak, kQuick},
      {"{SSHA512}ta9p79LxXMDiVWqwHay8O7xLKNU/8oeV5ktazoQ1qh/"
       "x5o2PX8viILsQ4nXZSdFjCFrhgSRbGnG1UT8klfHxXOwq8v4=",
       kWeak,
       kQuick,
       {},
       kLong},

      // passlib: ldap_salted_md5 with 8 bytes of salt, _sha1 with 16, _sha256 with 8, _sha512 with 16
      {"{SMD5}hdsb7EHxiGlBC9n5b9Htao/xPifEWOtd", kWeak, kQuick},
      {"{SSHA}asuOxD1Gx5wMzIAm7wNIP9lSgmpTCoFQCuG8d47xXmttbW1t", kWeak, kQuick},
      {"{SSHA256}2QIesVUnsV3NST3ymZ2h9SDlKX/EtWoc6+L7T7IwtFm0FuKcc6619g==", kWeak, kQuick},
      {"{SSHA512}pxgtK/rsFDAVHTbdevOs8loTdjrh2RkyfnOjuQJWWbhhwzi6j9P/wsemL7a4fIASaFICe+mH68Fw4/"
       "7j8+I+kYqx9h7DGGOsdW7tfU/JeY8=",
       kWeak, kQuick},

      // doveadm pw -s PBKDF2, also with -r 20000, PBKDF2.HEX; the last two by Python's hashlib.pbkdf2_hmac
      {"{PBKDF2}$1$enaFgqqgLNwvyo/C$5000$2bca47f6e332f89dd15f68ea26701ca44f7fb436", kWeak, kSlow},
      {"{PBKDF2}$1$/2E6txvltBiXpCHk$20000$f91b4f98549b105aceb4884812759ebc2724f680", kWeak, kSlow},
      {"{PBKDF2.HEX}2431246e6746676a444c4335742e594a4f644524353030302431646330623865373534393938343138363630"
       "383339396662366339666233376537633532663439",
       kWeak, kSlow},
      {"{PBKDF2}$1$OtSgBEd3ySMpYX3U$5000$a808e3f6efcd976c2f29f1776b9aa2c9c29ef68b", kWeak, kSlow, {}, kLong},
      {"{PBKDF2}$1$saltsalt$4321$7098a3558ab9ddd9c8183f78d5a290ee0f3b751d", kWeak, kSlow},
      {"{PBKDF2}$1$saltsalt$200000$86ec71866598d75da654616be65153664b0c158c", kEnough, kCostly},

      // doveadm pw -s ARGON2I, ARGON2I.B64, ARGON2ID, also with -r 6 and -r 3, the most that is not too much
      {"{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$gdbW4RXt2tthHEn1nGbjUA$9z1H+"
       "cd2qwvGMY8qkwbJa2u4fJEdHawbEMFm77u2XXA",
       kEnough, kCostly},
      {"{ARGON2I.B64}"
       "JGFyZ29uMmkkdj0xOSRtPTMyNzY4LHQ9NCxwPTEkRVBPdFJjMkM5REI0MFF0T2tWd0tRQSQxYTFSTmFNeVFwOGd2cGxTZ2"
       "JVbXJYbUx3NWQ1QTIwM0s2ckVxekFOSkI4",
       kEnough, kCostly},
      {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$f7cSOjCkjwM/"
       "y0oD0z3hUw$z9KscLm1T2CzZ8z1lxIgYJXeYqmhGJY9OFJ7Em8EeJE",
       kEnough, kCostly},
      {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$KX+loXsXtB7tllaQqtR+OQ$LEXNnU+iS317gQwcEZ2A0JO+"
       "Jp7oWj2OQQl16u+aIA0",
       kEnough,
       kCostly,
       {},
       kLong},
      {"{ARGON2I}$argon2i$v=19$m=131072,t=6,p=1$bYW4DnnH1I0FmmEFwGFtGA$BSd/b7DgHkzGDXLQ44WBOVdD2ZBPcA7Gx4t/"
       "ucYgA7A",
       kEnough, kCostly},
      {"{ARGON2ID}$argon2id$v=19$m=262144,t=3,p=1$NH5EZDxrxGpGD1gdham7Rw$"
       "GVTR86QuUkJKS4tlgElWpXtakPwzQnq52RfZvvneHJg",
       kEnough, kCostly},
      // argon2 (the reference's program) -id -m 14 -t 2 -p 4; -i -m 12 -t 3 -p 2 -l 24
      {"$argon2id$v=19$m=16384,t=2,p=4$c2FsdHNhbHQ$yjI1+yyQOWlbTvQJn/XP5IQXLTHA+608ostkLU4539I", kEnough,
       kSlow},
      {"$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T", kEnough, kSlow},

      // doveadm pw -s SCRAM-SHA-1, SCRAM-SHA-1.B64, SCRAM-SHA-256; the last two by Python's hashlib and hmac
      {"{SCRAM-SHA-1}4096,PC+bxPS6PB3OEDCx2MbJWQ==,dttEq//oMAqbQ8trbckH4ey0xfo=,WiHKHPDR9SnAJuWB4ykEhXtmx84=",
       kEnough, kSlow, "SCRAM-SHA-1"},
      {"{SCRAM-SHA-1.B64}"
       "NDA5NixsOFljd0FVKzB3Tm1jRktoNzBHYTVnPT0sbVIwWlZBazNFeG5VWmZ6a3RyTWtZSjVHY2gwPSxRL1FNdWtlSm"
       "5UMVdHcGlLUUtFSndGTy9tYzg9",
       kEnough, kSlow, "SCRAM-SHA-1"},
      {"{SCRAM-SHA-256}4096,IB/TB0Nk4UGjhvOhKAA/"
       "9g==,pj1xgVz/dsynzgMRFjlxWmaeS52sEkB+uO/pmLq7Hrw=,dslpXyfrh2Oms6hmd6XxZLp/w59A3ilE0+/6nGVRX9Q=",
       kEnough, kSlow, "SCRAM-SHA-256"},
      {"{scram-sha-256}4096,YXRh5GwxJsHANuF2Ku5Cew==,Z2XPVOE2bv/"
       "2wR3tGgvW9WnceK9srpRm/LlMG+K7HQw=,bxW28daMmndCfpHaohYKI5GKph3idAhKPO0R+yUxPxY=",
       kEnough, kSlow, "SCRAM-SHA-256", kLong},
      {"{SCRAM-SHA-1}5000,MDEyMzQ1Njc4OWFiY2RlZg==,kX7Q2Ef5zSbsM8LnRwGSNGK4mhE=,8npjdmkpyI4X+FN0NCkxV0JBoQs=",
       kEnough, kSlow, "SCRAM-SHA-1"},
      {"{SCRAM-SHA-256}5000,MDEyMzQ1Njc4OWFiY2RlZg==,SPpP0HIjs1Uc57LZbE7ilEejukbvc6qFuXjbPEPy3Kw=,"
       "N3U+O+a0ow2KA8DUiFZ73xToEV7uAr1/mhkPhtYnGoY=",
       kEnough, kSlow, "SCRAM-SHA-256"},

      // userdbpw -hmac-md5 (Courier), which is the same as doveadm pw -s CRAM-MD5; CRAM-MD5.B64, HMAC-MD5
      {"{CRAM-MD5}efaacfa472cb182480bcc4819ae44335707d5c098571a80a4678eafc825155f0", kEnough, kQuick,
       "CRAM-MD5"},
      {"{CRAM-MD5.B64}76rPpHLLGCSAvMSBmuRDNXB9XAmFcagKRnjq/IJRVfA=", kEnough, kQuick, "CRAM-MD5"},
      {"{HMAC-MD5}efaacfa472cb182480bcc4819ae44335707d5c098571a80a4678eafc825155f0", kEnough, kQuick,
       "CRAM-MD5"},
      {"{CRAM-MD5}fe1b6c9bc6d54e1e15f94679790db9a36064aac338109e0699669d4dfb91b12c", kEnough, kQuick,
       "CRAM-MD5", kLong},
  };
}

}  // namespace

const std::vector<PasswordVector>& password_vectors() {
  static const std::vector<PasswordVector> vectors = make_vectors();
  return vectors;
}

}  // namespace extmail::tests
