#include "base/redact.hpp"

#include <gtest/gtest.h>

#include "base/secret_name.hpp"

namespace farm {
namespace {

TEST(SecretNameTest, AreKnownByTheirWords) {
  for (const char* name : {"token",
                           "--token",
                           "PASSWORD",
                           "PGPASSWORD",
                           "dbPassword",
                           "API_KEY",
                           "apikey",
                           "x-api-key",
                           "AWS_SECRET_ACCESS_KEY",
                           "AWS_ACCESS_KEY_ID",
                           "--auth",
                           "Authorization",
                           "passwd",
                           "proxy.credentials",
                           "session-token",
                           "client_secret",
                           "GITHUB_TOKEN",
                           "MYSQL_PWD",
                           "--pass",
                           "DB_PASS"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const char* name :
       {"", "-", "tokenizer", "--max-tokens", "author", "key", "public-key", "monkey", "--token-file", "PASSWORD_PATH",
        "auth-type", "--no-auth", "secretary", "pass", "PWD", "OLDPWD", "--pass-through"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(RedactTest, OptionsVariablesAndSettings) {
  EXPECT_EQ(redact("curl --token=S x"), "curl --token=*** x");
  EXPECT_EQ(redact("curl --password S x"), "curl --password *** x");
  EXPECT_EQ(redact("PASSWORD=S cmd -v; y"), "PASSWORD=*** cmd -v; y");
  EXPECT_EQ(redact("cmd --api-key='a b' --access_key=\"a b\"c'd'\\ e f"), "cmd --api-key=*** --access_key=*** f");
  EXPECT_EQ(redact("cmd '--token=a b' c"), "cmd '--token=***' c");
  EXPECT_EQ(redact("cmd '--token' 'a b' c"), "cmd '--token' 'a b' c") << "nobody quotes that";
  EXPECT_EQ(redact("cmd --token 'a b' c"), "cmd --token *** c");
  EXPECT_EQ(redact("a --token=S;b --secret=T|c"), "a --token=***;b --secret=***|c");
  EXPECT_EQ(redact("a --token=$(printf S T)x b"), "a --token=*** b");
  EXPECT_EQ(redact("a --auth='it'\"'\"'s' b"), "a --auth=*** b");
  EXPECT_EQ(redact("a 'token=it'\"'\"'s S' b"), "a 'token=***' b");
}

TEST(RedactTest, WhatIsInsideOfQuotes) {
  EXPECT_EQ(redact("sh -c 'curl --token=S x'"), "sh -c 'curl --token=*** x'");
  EXPECT_EQ(redact("sh -c 'curl --token=\"a b\" x'"), "sh -c 'curl --token=\"***\" x'");
  EXPECT_EQ(redact("sh -c \"curl --token S\"; y"), "sh -c \"curl --token ***\"; y");
  EXPECT_EQ(redact("sh -c 'TOKEN=S curl'"), "sh -c 'TOKEN=***'") << "rather too much";
  EXPECT_EQ(redact("curl -H 'Authorization: Bearer S' u"), "curl -H 'Authorization: ***' u");
  EXPECT_EQ(redact("curl -H \"X-Api-Key:S\" u"), "curl -H \"X-Api-Key:***\" u");
  EXPECT_EQ(redact(R"(curl -d '{"password": "S", "n": 1}' u)"), R"(curl -d '{"password": "***", "n": 1}' u)");
  EXPECT_EQ(redact(R"(curl -d "{\"secret\":\"S\"}" u)"), R"(curl -d "{\"secret\":\"***\"}" u)");
  EXPECT_EQ(redact("wget 'http://h/?token=S&n=1'"), "wget 'http://h/?token=***&n=1'");
}

TEST(RedactTest, LinesThatGoOnAndEscapedQuotes) {
  EXPECT_EQ(redact("cmd --token \\\n  S10 x"), "cmd --token \\\n  *** x");
  EXPECT_EQ(redact("cmd --token \\\n  -v"), "cmd --token \\\n  -v");
  EXPECT_EQ(redact(R"(c -d '{"password": "ab\"S8", "n": 1}' u)"), R"(c -d '{"password": "***", "n": 1}' u)");
  EXPECT_EQ(redact(R"(c -d "{\"password\": \"abS8\"}" u)"), R"(c -d "{\"password\": \"***\"}" u)");
}

TEST(RedactTest, Addresses) {
  EXPECT_EQ(redact("git clone https://me:S@host/x"), "git clone https://me:***@host/x");
  EXPECT_EQ(redact("git clone https://S@host/x"), "git clone https://***@host/x");
  EXPECT_EQ(redact("git clone ssh://git@host/x"), "git clone ssh://git@host/x");
  EXPECT_EQ(redact("psql postgres://u:S@h:1/d 'http://h/@x'"), "psql postgres://u:***@h:1/d 'http://h/@x'");
}

TEST(RedactTest, WhatIsNoSecretStays) {
  for (const char* text : {"", "echo password", "cmd --token", "cmd --token=", "cmd --token -v", "cmd --token; x",
                           "cmd --token=$TOKEN", "cmd --token=\"${TOKEN}\" x", "sh -c 'x --token=$T'", "a --tokens 5",
                           "'unclosed", "cmd --token-file=x", "a=b", "docker run auth:latest", "echo \"it's\""}) {
    EXPECT_EQ(redact(text), text);
    EXPECT_FALSE(is_redacted(text));
  }
  EXPECT_EQ(redact("cmd '--token=$x'"), "cmd '--token=***'") << "no variable between these quotes";
}

TEST(RedactTest, TwiceIsOnce) {
  for (const char* text : {"curl --token=S x", "sh -c 'curl --token=S x'", "curl -H 'Authorization: Bearer S' u",
                           "git clone https://me:S@host/x", "a --auth 'x y'", R"(c -d '{"secret":"S"}')"}) {
    EXPECT_FALSE(is_redacted(text)) << text;
    EXPECT_EQ(redact(redact(text)), redact(text)) << text;
    EXPECT_TRUE(is_redacted(redact(text))) << text;
  }
}

TEST(RedactTest, AnyBytesAreTaken) {
  for (std::size_t seed = 0; seed < 3000; ++seed) {
    std::string text;
    for (std::size_t i = 0, n = seed; i < 14; ++i, n = n * 2654435761U + 12345) text += "=:'\" \\-$({@/\n&"[n / 7 % 14];
    redact("token" + text);
    redact("--secret" + text + "x");
    redact("\"token" + text);
    redact("http://" + text);
  }
}

TEST(RedactTest, MessagesLoseTheirExcerpts) {
  EXPECT_EQ(redact_lines("a:1:2: what's this\n  ...S x\n      ^\nb:2:1: --token=S"),
            "a:1:2: what's this\nb:2:1: --token=***");
  EXPECT_EQ(redact_lines("a:1:1: b\n  --token=S\n  ^"), "a:1:1: b");
  EXPECT_EQ(redact_lines("one\n\ntwo\n"), "one\n\ntwo\n");
  EXPECT_EQ(redact_lines(""), "");
}

TEST(RedactorTest, ValuesThatWereSecretsInTheCommandAreSo) {
  const Redactor hidden("curl --token=S3 -o 'a b'", {"S3", "a b", "z"});
  EXPECT_EQ(hidden.command(), "curl --token=*** -o 'a b'");
  EXPECT_EQ(hidden.hide("S3"), "***");
  EXPECT_EQ(hidden.hide("1/S3/2/a b/"), "1/***/2/a b/");
  EXPECT_EQ(hidden.hide("PASSWORD=x z"), "PASSWORD=*** z");
  EXPECT_EQ(Redactor("x --token 'a b'", {"a b"}).hide("a b\t1"), "***\t1");
  EXPECT_EQ(Redactor("x --token=y y", {"y"}).hide("y"), "y") << "it is there for all to see";
}

TEST(RedactorTest, AValueThatIsASecretOnceIsOneEverywhere) {
  const Redactor hidden("x --token=S3CRETX -o S3CRETX.json '/a b S3CRETX'", {"S3CRETX"});
  EXPECT_EQ(hidden.command(), "x --token=*** -o ***.json '/a b ***'");
  EXPECT_EQ(hidden.hide("S3CRETX"), "***");
  EXPECT_EQ(Redactor("x --token='a b c' 'a b c'", {"a b c"}).command(), "x --token=*** ***");
  EXPECT_EQ(Redactor("x --token=pre-abcd abcd", {"abcd"}).command(), "x --token=*** ***") << "a part of one";
  EXPECT_EQ(Redactor("x --token=S 3 abcd", {"3", "abcd"}).command(), "x --token=*** 3 abcd");
  EXPECT_EQ(Redactor("x http://me:abcd@h/ abcd", {"abcd"}).command(), "x http://me:***@h/ ***");
}

TEST(RedactorTest, ManyValuesTakeNoMoreTimeThanTheirText) {
  std::string command = ":";
  std::vector<std::string> values;
  for (int i = 0; i < 60'000; ++i) {
    values.push_back("value" + std::to_string(i));
    command += " --token=" + values.back();
  }
  // Each with each is some minutes.
  const Redactor hidden(command, values);
  EXPECT_EQ(hidden.command().find("value"), std::string::npos);
  for (const std::string& value : values) ASSERT_EQ(hidden.hide(value), "***");
}

}  // namespace
}  // namespace farm
