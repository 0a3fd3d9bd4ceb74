#include "log/codec.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "base/text.h"

namespace athanor::log {
namespace {

using QueueId = base::Strong<struct QueueIdTag, std::uint32_t>;
using QueueName = base::Strong<struct QueueNameTag, std::string>;
enum class Color : std::uint8_t { Red, Green, Blue };

struct Policy {
  std::uint32_t retries_max = 185;
  std::chrono::seconds age_max{86'400};
  friend bool operator==(const Policy&, const Policy&) = default;
  static constexpr auto members() {
    return Members{member("retries_max", &Policy::retries_max), member("age_max", &Policy::age_max)};
  }
};

// One member of each kind that a record may have, some with a non-empty default.
struct Everything {
  bool flag = false;
  bool on = true;
  std::int32_t small = 0;
  std::int64_t wide = -1;
  std::uint64_t big = 0;
  Color color = Color::Green;
  base::Time time{};
  base::Duration wait{};
  QueueId id;
  QueueName name;
  std::string text;
  std::string state = "ENABLED";
  Policy policy;
  Policy strict{.retries_max = 0};
  std::vector<std::string> words;
  std::vector<std::uint64_t> numbers;
  std::vector<Policy> policies;
  std::vector<Color> colors{Color::Red};
  std::map<std::string, std::string> tags;
  std::map<std::uint64_t, Policy> by_number;
  std::optional<std::uint64_t> maybe_number;
  std::optional<std::string> maybe_text;
  std::optional<Policy> maybe_policy;
  friend bool operator==(const Everything&, const Everything&) = default;
  static constexpr auto members() {
    using E = Everything;
    return Members{member("flag", &E::flag),
                   member("on", &E::on),
                   member("small", &E::small),
                   member("wide", &E::wide),
                   member("big", &E::big),
                   member("color", &E::color),
                   member("time", &E::time),
                   member("wait", &E::wait),
                   member("id", &E::id),
                   member("name", &E::name),
                   member("text", &E::text),
                   member("state", &E::state),
                   member("policy", &E::policy),
                   member("strict", &E::strict),
                   member("words", &E::words),
                   member("numbers", &E::numbers),
                   member("policies", &E::policies),
                   member("colors", &E::colors),
                   member("tags", &E::tags),
                   member("by_number", &E::by_number),
                   member("maybe_number", &E::maybe_number),
                   member("maybe_text", &E::maybe_text),
                   member("maybe_policy", &E::maybe_policy)};
  }
};

// A record in its first version, and in the next.
struct Before {
  std::string name;
  std::uint64_t size = 0;
  static constexpr auto members() { return Members{member("name", &Before::name), member("size", &Before::size)}; }
};
struct After {
  std::string name;
  std::uint64_t size = 0;
  std::string owner = "nobody";
  std::uint64_t weight = 7;
  static constexpr auto members() {
    return Members{member("name", &After::name), member("size", &After::size), member("owner", &After::owner),
                   member("weight", &After::weight)};
  }
};

struct Narrow {
  std::uint8_t byte = 0;
  bool flag = false;
  std::int16_t sign = 0;
  std::string text;
  static constexpr auto members() {
    return Members{member("byte", &Narrow::byte), member("flag", &Narrow::flag), member("sign", &Narrow::sign),
                   member("text", &Narrow::text)};
  }
};

std::string bytes(std::string_view hex) { return *base::from_hex(hex); }

TEST(Codec, RefusesBytesThatAreNoSuchStruct) {
  struct Case {
    const char* name;
    const char* hex;
  };
  const Case cases[] = {
      {"a key without a value", "00"},
      {"half a key", "80"},
      {"half a number", "00ff"},
      {"eleven bytes of a number", "00ffffffffffffffffffff01"},
      {"a number past 64 bits", "00ffffffffffffffffff02"},
      {"a number that the member cannot hold", "008002"},
      {"a boolean of two", "0202"},
      {"a signed number out of range", "04808004"},
      {"a text in the place of a number",
       "0101"
       "61"},
      {"a number in the place of a text", "0601"},
      {"a length without its bytes", "070461"},
      {"a length past any size", "07ffffffffffffffffff01"},
      {"an unknown member cut off", "cf0105"},
  };
  for (const auto& c : cases) {
    const auto decoded = decode<Narrow>(bytes(c.hex));
    ASSERT_FALSE(decoded) << c.name;
    EXPECT_EQ(decoded.error().code, ErrorCode::Corrupt) << c.name;
  }
}

TEST(Codec, WritesWhatTheGrammarSays) {
  Narrow narrow{.byte = 1, .flag = true, .sign = -2, .text = "ab"};
  EXPECT_EQ(base::to_hex(encode(narrow)),
            "0001"
            "0201"
            "0403"
            "07026162");
  EXPECT_EQ(encode(Narrow{}), "");
}

TEST(Codec, KeepsWhatEqualsNothingWhereTheDefaultIsSomething) {
  Everything e;
  e.on = false;
  e.wide = 0;
  e.color = Color::Red;
  e.state = "";
  e.policy.retries_max = 0;
  e.strict = {};
  e.colors = {};
  e.maybe_number = 0;
  e.maybe_text = "";
  e.maybe_policy = Policy{};
  const auto decoded = decode<Everything>(encode(e));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, e);
}

TEST(Codec, StructsGrowAtTheirEnd) {
  const auto old_reader = decode<Before>(encode(After{"queue", 3, "ada", 9}));
  ASSERT_TRUE(old_reader);
  EXPECT_EQ(old_reader->name, "queue");
  EXPECT_EQ(old_reader->size, 3U);
  const auto new_reader = decode<After>(encode(Before{"queue", 3}));
  ASSERT_TRUE(new_reader);
  EXPECT_EQ(new_reader->owner, "nobody");
  EXPECT_EQ(new_reader->weight, 7U);
}

TEST(Codec, ViewsBorrowFromTheBytes) {
  struct Borrowed {
    std::string_view text;
    static constexpr auto members() { return Members{member("text", &Borrowed::text)}; }
  };
  const std::string encoded = encode(Before{"queue", 0});
  const auto decoded = decode<Borrowed>(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->text, "queue");
  EXPECT_EQ(decoded->text.data(), encoded.data() + 2);
}

std::string sample_text(base::Random& random) {
  std::string text(random.below(random.one_in(20) ? 300 : 5), '\0');
  for (char& c : text) c = static_cast<char>(random.next());
  return text;
}

std::uint64_t sample_number(base::Random& random) { return random.next() >> random.below(64); }

Policy sample_policy(base::Random& random) {
  return {.retries_max = static_cast<std::uint32_t>(random.below(3) * 185), .age_max = std::chrono::seconds{-1}};
}

Everything sample(base::Random& random) {
  Everything e;
  e.flag = random.one_in(2);
  e.on = random.one_in(2);
  e.small = static_cast<std::int32_t>(sample_number(random));
  e.wide = random.one_in(5) ? std::numeric_limits<std::int64_t>::min() : static_cast<std::int64_t>(random.next());
  e.big = sample_number(random);
  e.color = static_cast<Color>(random.below(3));
  e.time = base::Time{base::Duration{static_cast<std::int64_t>(sample_number(random))}};
  e.wait = base::Duration{-static_cast<std::int64_t>(random.below(100))};
  e.id = QueueId{static_cast<std::uint32_t>(random.next())};
  e.name = QueueName{sample_text(random)};
  e.text = sample_text(random);
  if (random.one_in(2)) e.state = sample_text(random);
  e.policy = sample_policy(random);
  if (random.one_in(2)) e.strict = sample_policy(random);
  for (auto n = random.below(3); n > 0; --n) e.words.push_back(sample_text(random));
  for (auto n = random.below(3); n > 0; --n) e.numbers.push_back(sample_number(random));
  for (auto n = random.below(3); n > 0; --n) e.policies.push_back(random.one_in(2) ? Policy{} : sample_policy(random));
  if (random.one_in(2)) e.colors.assign(random.below(3), Color::Blue);
  for (auto n = random.below(3); n > 0; --n) e.tags.emplace(sample_text(random), sample_text(random));
  for (auto n = random.below(3); n > 0; --n) e.by_number.emplace(sample_number(random), sample_policy(random));
  if (random.one_in(2)) e.maybe_number = random.below(2);
  if (random.one_in(2)) e.maybe_text = sample_text(random);
  if (random.one_in(2)) e.maybe_policy = sample_policy(random);
  return e;
}

TEST(Codec, DecodesWhatItEncoded) {
  base::Random random{7};
  for (int i = 0; i < 2'000; ++i) {
    const Everything e = sample(random);
    const auto decoded = decode<Everything>(encode(e));
    ASSERT_TRUE(decoded) << "sample " << i;
    ASSERT_EQ(*decoded, e) << "sample " << i;
  }
}

// Whatever the bytes, the reader terminates and stays in bounds; a struct that it accepts survives being written and
// read again.
TEST(Codec, SurvivesDamagedBytes) {
  base::Random random{11};
  for (int i = 0; i < 5'000; ++i) {
    std::string encoded = encode(sample(random));
    if (encoded.empty()) continue;
    encoded[random.below(encoded.size())] ^= static_cast<char>(1 << random.below(8));
    if (random.one_in(3)) encoded.resize(random.below(encoded.size()));
    const auto decoded = decode<Everything>(encoded);
    if (!decoded) continue;
    const auto again = decode<Everything>(encode(*decoded));
    ASSERT_TRUE(again) << "sample " << i;
    ASSERT_EQ(*again, *decoded) << "sample " << i;
  }
}

}  // namespace
}  // namespace athanor::log
