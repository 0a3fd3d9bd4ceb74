#include "cli/console.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>
#include <streambuf>

#include "cli/resource_table.h"
#include "cli/table.h"

namespace athanor::cli {
namespace {

class Streams {
 public:
  std::ostringstream out, err;
  Console plain{out, err, false, false};
  Console colourful{out, err, true, true};
};

TEST(Console, ExitCodeTellsRefusedFromUnreachable) {
  Streams streams;
  EXPECT_EQ(streams.plain.failed({ErrorCode::NotFound, "No such bus.", {}}), Exit::Refused);
  EXPECT_EQ(streams.plain.failed({ErrorCode::Unavailable, "Nobody answers.", {}}, "start a server"), Exit::Unreachable);
  EXPECT_EQ(streams.plain.failed({ErrorCode::Timeout, "Silence.", {}}), Exit::Unreachable);
  EXPECT_EQ(streams.err.str(), "error: No such bus.\nerror: Nobody answers.\nnext: start a server\nerror: Silence.\n");
  EXPECT_EQ(streams.out.str(), "");
}

TEST(Console, ColoursOnlyWhereTold) {
  Streams streams;
  EXPECT_EQ(streams.plain.styled("x", Style::Bad), "x");
  EXPECT_EQ(streams.colourful.styled("x", Style::Bad), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(streams.colourful.styled("x", Style::Plain), "x");
}

TEST(Table, AlignsColumnsByCharacters) {
  Streams streams;
  EXPECT_EQ(format_table({{{"NAME"}, {"N"}}, {{"é"}, {"1"}}, {{"a long one"}, {"22"}}}, streams.plain),
            "NAME        N\né           1\na long one  22");
  EXPECT_EQ(format_table({{{"A"}, {"B"}}, {{"x", Style::Good}, {"y"}}}, streams.colourful),
            "\x1b[2mA\x1b[0m  \x1b[2mB\x1b[0m\n\x1b[32mx\x1b[0m  y");
}

TEST(Table, ShowsNoControlCharacters) {
  Streams streams;
  EXPECT_EQ(format_table({{{"A"}}, {{"x\x1b[2Jy\nz"}}}, streams.plain), "A\nx [2Jy z");
}

TEST(Console, PrintsNothingThatATerminalObeys) {
  struct Case {
    std::string_view text, printed;
  };
  for (const Case& c : {Case{"a\x1b[2J\r\x7f", "a [2J  "},
                        Case{"\xc2\x9b"
                             "31m\xc2\x80\xc2\xa0",
                             " 31m \xc2\xa0"},
                        Case{"\u202a\u202e\u202f\u2029", "  \u202f\u2029"}, Case{"\u2065\u2066\u2069", "\u2065  "},
                        Case{"é…\xe2\x80", "é…\xe2\x80"}, Case{"\xc2", "\xc2"}})
    EXPECT_EQ(printable(c.text), c.printed) << c.text;
  Streams streams;
  (void)streams.plain.failed({ErrorCode::NotFound, "There is no \x1b[31mx.\nAnd no y.", {}}, "look");
  EXPECT_EQ(streams.err.str(), "error: There is no  [31mx.\nAnd no y.\nnext: look\n");
}

TEST(Table, ShortensByCharacters) {
  struct Case {
    std::string_view text;
    std::size_t width;
    std::string_view shortened;
  };
  for (const Case& c : {Case{"", 3, ""}, Case{"abc", 3, "abc"}, Case{"abcd", 3, "ab…"}, Case{"éüöß", 4, "éüöß"},
                        Case{"éüößx", 4, "éüö…"}, Case{"a\tb", 3, "a b"}}) {
    EXPECT_EQ(shortened(c.text, c.width), c.shortened);
  }
}

TEST(ResourceTable, SumsUpWhatWasDone) {
  const auto resources = [](std::vector<std::string> states) {
    std::vector<api::StackResourceSummary> all;
    for (auto& state : states)
      all.push_back({.logical_id = "A", .type = "T", .physical_id = "p", .arn = "", .status = state});
    return all;
  };
  EXPECT_EQ(summary_of({}), "nothing to do");
  EXPECT_EQ(summary_of(resources({"UNCHANGED", "RECORDED", "UNCHANGED"})), "nothing to do (2 unchanged, 1 recorded)");
  EXPECT_EQ(summary_of(resources({"UNCHANGED", "DELETED", "CREATED", "CREATED"})), "2 created, 1 deleted, 1 unchanged");
  Streams streams;
  EXPECT_EQ(format_resources(resources({"CREATED"}), streams.plain),
            "STATUS   LOGICAL ID  TYPE  PHYSICAL ID\nCREATED  A           T     p");
}

TEST(Console, AsksAndTellsProgressOnlyWhereSomebodySits) {
  std::ostringstream out, err;
  Console alone{out, err, false, false};
  alone.progress("half");
  EXPECT_EQ(alone.ask("Sure?"), std::nullopt);
  EXPECT_EQ(err.str(), "");

  std::istringstream answers{"yes\nno\n\ny\n"};
  Console watched{out, err, false, false, {.watches = true, .answers = &answers}};
  watched.progress("half");
  EXPECT_EQ(err.str(), "\r\x1b[Khalf");
  for (const bool yes : {true, false, false, true, false})
    EXPECT_EQ(watched.ask("Sure?"), yes) << "the last: none came";
  EXPECT_EQ(out.str(), "");
}

// A standard output that takes some bytes and then fails, like a disk that fills up.
class FailingOutput : public std::streambuf {
 public:
  FailingOutput(std::size_t room, int error) : room_(room), error_(error) {}

 protected:
  int_type overflow(int_type c) override {
    if (room_-- > 0) return c;
    errno = error_;
    return traits_type::eof();
  }

 private:
  std::size_t room_;
  int error_;
};

TEST(Console, WhatCouldNotBePrintedIsNotDone) {
  struct Case {
    std::size_t room;
    int error;
    Exit exit, ended;
    std::string_view said;
  };
  constexpr std::string_view kFull = "error: Cannot write to standard output: No space left on device.\n";
  for (const Case& c :
       {Case{100, ENOSPC, Exit::Done, Exit::Done, ""}, Case{6, ENOSPC, Exit::Done, Exit::Refused, kFull},
        Case{6, ENOSPC, Exit::Damaged, Exit::Damaged, kFull}, Case{6, EPIPE, Exit::Done, Exit::Done, ""}}) {
    FailingOutput full{c.room, c.error};
    std::ostream out{&full};
    std::ostringstream err;
    Console console{out, err, false, false};
    for (int i = 0; i < 3; ++i) console.line("line");
    EXPECT_EQ(console.can_print(), c.room == 100);
    EXPECT_EQ(console.ended(c.exit), c.ended);
    EXPECT_EQ(err.str(), c.said);
  }
}

}  // namespace
}  // namespace athanor::cli
