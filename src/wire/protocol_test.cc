// decode(encode(x)) == x, for every request and response of every operation, in every protocol that carries it.
#include "wire/protocol.h"

#include <gtest/gtest.h>

#include "api/test_operations.h"
#include "base/text.h"
#include "wire/json_codec.h"
#include "wire/query.h"
#include "wire/random_instance.h"

namespace athanor::wire {
namespace {

constexpr std::uint64_t kSeed = 20'261'123;
constexpr int kRounds = 20;  // of each operation and direction

std::shared_ptr<void> random_instance(const api::AnyType& type, base::Random& random,
                                      RandomInstance::Limits limits = {}) {
  auto object = type.make();
  RandomInstance{random, limits}.fill(type.shape, object.get());
  return object;
}

// The decoded object equals the one sent, and so does the verdict on it.
void expect_same_request(const api::AnyOperation& op, const void* sent, const http::Request& request) {
  Recognised recognised;
  ASSERT_TRUE(recognise(request, recognised)) << request.target << "\n" << request.body;
  EXPECT_EQ(recognised.service, op.info.service);
  ASSERT_EQ(recognised.operation, op.info.name) << request.target;
  const auto received = op.request.make();
  const auto decoded = decode_request(recognised, op.info, request, op.request.shape, received.get());
  ASSERT_TRUE(op.request.equal(received.get(), sent))
      << op.info.name << ": " << request.target << "\n"
      << request.body << (decoded ? "" : "\n" + decoded.error().message);
  const auto verdict = api::validate(op.request.shape, sent, {});
  ASSERT_EQ(decoded.has_value(), verdict.has_value()) << (decoded ? "" : decoded.error().message);
  if (!decoded) EXPECT_EQ(decoded.error().message, verdict.error().message);
}

TEST(Protocol, RequestsOfClientsComeBackAsTheyWere) {
  base::Random random{kSeed};
  int valid = 0;
  for (const auto& op : api::operations<api::AllOperations>()) {
    for (int i = 0; i < kRounds; ++i) {
      const auto sent = random_instance(op.request, random);
      valid += api::validate(op.request.shape, sent.get(), {}).has_value();
      expect_same_request(op, sent.get(), encode_request(op.info, op.request.shape, sent.get()));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  EXPECT_GT(valid, kRounds) << "the constraints let something through";
}

TEST(Protocol, FormsOfOlderClientsComeBackAsTheyWere) {
  base::Random random{kSeed};
  for (const auto& op : api::operations<api::SqsOperations>()) {
    for (int i = 0; i < kRounds; ++i) {
      const auto sent = random_instance(op.request, random, {.empty_maps = false});
      auto form = encode_query_request(op.request.shape, sent.get());
      form.emplace(form.begin(), "Version", "2012-11-05");
      form.emplace(form.begin(), "Action", op.info.name);
      const http::Request request{.method = "POST",
                                  .target = "/",
                                  .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                                  .body = http::print_form(form)};
      expect_same_request(op, sent.get(), request);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Protocol, ResponsesComeBackAsTheyWere) {
  base::Random random{kSeed};
  for (const auto& op : api::operations<api::AllOperations>()) {
    const bool is_rest = op.info.target_prefix.empty();
    const Recognised recognised{.protocol = is_rest ? Protocol::RestJson : Protocol::AwsJson,
                                .service = std::string{op.info.service},
                                .operation = std::string{op.info.name},
                                .json_version = std::string{op.info.json_version},
                                .parameters = {}};
    for (int i = 0; i < kRounds; ++i) {
      const auto sent = random_instance(op.response, random);
      const auto response = encode_response(recognised, op.info, op.response.shape, sent.get(), "id-1");
      EXPECT_EQ(response.header("x-amzn-RequestId"), "id-1");
      const auto received = op.response.make();
      const auto decoded = decode_response(op.info, response, op.response.shape, received.get());
      ASSERT_TRUE(decoded) << op.info.name << ": " << decoded.error().message << "\n" << response.body;
      ASSERT_TRUE(op.response.equal(received.get(), sent.get())) << op.info.name << ": " << response.body;
    }
  }
}

// Elements properly nested, known entities, characters that XML 1.0 allows.
testing::AssertionResult is_well_formed(std::string_view xml) {
  if (!base::is_valid_utf8(xml)) return testing::AssertionFailure() << "not UTF-8";
  std::vector<std::string_view> open;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    const char c = xml[i];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n')
      return testing::AssertionFailure() << "character " << int{c} << " at " << i;
    if (c == '&') {
      const std::string_view entity = xml.substr(i, xml.find(';', i) + 1 - i);
      for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#xD;"}) {
        if (entity == known) goto fine;
      }
      return testing::AssertionFailure() << "entity " << entity;
    }
    if (c == '>') return testing::AssertionFailure() << "a bare > at " << i;
    if (c == '<') {
      const auto end = xml.find('>', i);
      if (end == std::string_view::npos) return testing::AssertionFailure() << "an open tag at " << i;
      std::string_view tag = xml.substr(i + 1, end - i - 1);
      i = end;
      if (tag.starts_with('?') || tag.ends_with('/')) continue;
      if (!tag.starts_with('/')) {
        open.push_back(tag.substr(0, tag.find(' ')));
      } else {
        if (open.empty() || open.back() != tag.substr(1)) return testing::AssertionFailure() << "unexpected " << tag;
        open.pop_back();
      }
    }
  fine:;
  }
  if (!open.empty()) return testing::AssertionFailure() << open.back() << " stays open";
  return testing::AssertionSuccess();
}

TEST(Protocol, XmlIsWellFormedWhateverItHolds) {
  base::Random random{kSeed};
  for (const auto& op : api::operations<api::SqsOperations>()) {
    for (int i = 0; i < kRounds; ++i) {
      const auto sent = random_instance(op.response, random);
      const std::string xml =
          encode_query_response(op.info.name, op.info.has_output, op.response.shape, sent.get(), "id-1");
      ASSERT_TRUE(is_well_formed(xml)) << xml;
    }
  }
  EXPECT_TRUE(is_well_formed(encode_query_error("C", "Value \x01\xff\x1b<&>\" is invalid.", true, "id-1")));
}

// Every kind a member may have, and every nesting of them, whether or not an operation uses it yet.
struct Inner {
  std::string text;
  std::optional<api::Blob> bytes;
  static constexpr auto members() { return Members{member("Text", &Inner::text), member("Bytes", &Inner::bytes)}; }
  friend bool operator==(const Inner&, const Inner&) = default;
};
struct Everything {
  std::string text;
  bool yes = false;
  std::int64_t whole = 0;
  double real = 0;
  base::Time time{};
  api::Blob bytes;
  Inner inner;
  std::vector<Inner> inners;
  std::map<std::string, Inner> named;
  std::optional<std::vector<std::vector<std::int64_t>>> grid;
  std::optional<std::map<std::string, std::vector<std::string>>> lists;
  std::optional<bool> maybe;
  std::optional<base::Time> sometime;
  static constexpr auto members() {
    using E = Everything;
    return Members{member("Text", &E::text),        member("Yes", &E::yes),       member("Whole", &E::whole),
                   member("Real", &E::real),        member("Time", &E::time),     member("Bytes", &E::bytes),
                   member("Inner", &E::inner),      member("Inners", &E::inners), member("Named", &E::named),
                   member("Grid", &E::grid),        member("Lists", &E::lists),   member("Maybe", &E::maybe),
                   member("Sometime", &E::sometime)};
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

TEST(Protocol, JsonCarriesEveryKind) {
  base::Random random{kSeed};
  const auto everything = api::AnyType::of<Everything>();
  for (int i = 0; i < 500; ++i) {
    const auto sent = random_instance(everything, random);
    const std::string json = encode_json(everything.shape, sent.get());
    const auto received = everything.make();
    std::vector<std::string> missing;
    ASSERT_TRUE(decode_json(json, everything.shape, received.get(), missing)) << json;
    ASSERT_TRUE(everything.equal(received.get(), sent.get())) << json;
    ASSERT_TRUE(missing.empty()) << json;
  }
}

}  // namespace
}  // namespace athanor::wire
