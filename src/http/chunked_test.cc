#include "http/chunked.h"

#include <gtest/gtest.h>

#include <utility>

namespace athanor::http {
namespace {

using State = ChunkedBody::State;

TEST(ChunkedBody, IsTheSameWhereverItsBytesAreSplit) {
  const std::string whole = "3\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET /next";
  const std::size_t end = whole.size() - std::string{"GET /next"}.size();
  for (std::size_t at = 0; at <= end; ++at) {
    Headers trailers;
    ChunkedBody chunked{13, &trailers};
    std::string in = whole.substr(0, at), body;
    State state = chunked.take(in, body);
    EXPECT_EQ(state, at == end ? State::Complete : State::Incomplete) << at;
    in += whole.substr(at);
    if (state == State::Incomplete) state = chunked.take(in, body);
    EXPECT_EQ(state, State::Complete) << at;
    EXPECT_EQ(body, "abc0123456789") << at;
    EXPECT_EQ(in, "GET /next") << at;
    EXPECT_EQ(trailers.size(), 1U) << at;
    EXPECT_EQ(find_header(trailers, "t"), "x") << at;
  }
}

// What it left would be scanned again with every byte that arrives.
TEST(ChunkedBody, LeavesNothingOfWhatItHasRead) {
  ChunkedBody chunked{100};
  std::string in = "1\r\na\r\n1\r\nb\r\n9\r\n1234", body;
  EXPECT_EQ(chunked.take(in, body), State::Incomplete);
  EXPECT_EQ(in, "");
  EXPECT_EQ(body, "ab1234");
  in = "56789\r\n1";
  EXPECT_EQ(chunked.take(in, body), State::Incomplete);
  EXPECT_EQ(in, "1");
}

TEST(ChunkedBody, RefusesWhatIsAmbiguousOrTooLarge) {
  const std::string trailers = "0\r\n" + [] {
    std::string lines;
    for (int i = 0; i < 21; ++i) lines += "T: x\r\n";
    return lines;
  }();
  const std::pair<std::string, State> rows[] = {
      {"\r\n", State::Malformed},
      {"z\r\n", State::Malformed},
      {"0x1\r\n", State::Malformed},
      {"-1\r\n", State::Malformed},
      {"1;a=b\r\n", State::Malformed},
      {"000000001\r\n", State::Malformed},
      {"0000000001", State::Malformed},
      {"1\n", State::Malformed},
      {"1\r\nab\r\n", State::Malformed},
      {"1\r\na\n", State::Malformed},
      {"1\r\naa very long end", State::Malformed},
      {"ffffffff\r\n", State::TooLarge},
      {"b\r\n", State::TooLarge},
      {"6\r\n123456\r\n5\r\n", State::TooLarge},
      {"0\r\nT: x\n", State::Malformed},
      {trailers, State::Malformed},
      {"0\r\n" + std::string(65'537, 'T'), State::Malformed},
      {"0\r\n" + std::string(40'000, 'T') + "\r\n" + std::string(40'000, 'T') + "\r\n", State::Malformed},
      {"a\r\n0123456789\r\n00000000\r\n\r\n", State::Complete},
  };
  for (const auto& [bytes, state] : rows) {
    std::string in = bytes, body;
    ChunkedBody chunked{10};
    EXPECT_EQ(chunked.take(in, body), state) << bytes;
  }
}

}  // namespace
}  // namespace athanor::http
