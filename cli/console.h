// What a command prints: the answer to standard output; what went wrong, and what to do next, to standard error.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/exit.h"

namespace athanor::cli {

using server::Exit;

enum class Style : std::uint8_t { Plain, Bold, Dim, Good, Bad, Caution };

// Whether a person is at the terminal.
struct Person {
  bool watches = false;             // standard error is a terminal
  std::istream* answers = nullptr;  // set when standard input is a terminal, too
};

class Console {
 public:
  // The caller decides which stream gets colours; main goes by whether it is a terminal, and NO_COLOR.
  Console(std::ostream& out, std::ostream& err, bool colour_out, bool colour_err, Person person = {})
      : out_(out), err_(err), colour_out_(colour_out), colour_err_(colour_err), person_(person) {}

  // Writes one line to standard output and flushes it; does nothing once a write has failed.
  void line(std::string_view text);
  // False once standard output has failed: anything printed from then on is lost.
  bool can_print() const { return !output_failed_with_; }
  // Writes one line to standard error: progress, and what is worth knowing but is not the answer.
  void note(std::string_view text);
  // Shows how far a long operation is, replacing the last such line; nothing unless standard error is a terminal. ""
  // clears it.
  void progress(std::string_view text);
  // Asks a yes-or-no question. nullopt when nobody is there to answer.
  std::optional<bool> ask(std::string_view question);
  // Prints why it failed and `hint`, what to do next, if there is one; returns the matching exit code.
  Exit failed(const Error& error, std::string_view hint = {});
  // The program's exit code when its command ended with `exit`. Output that could not be written is reported and counts
  // as a failure, except when the reader closed the pipe (`| head`): it has what it wanted.
  Exit ended(Exit exit);
  // The text in colour, for standard output; unchanged when that has no colours.
  std::string styled(std::string_view text, Style style) const;

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool colour_out_;
  bool colour_err_;
  Person person_;
  std::optional<int> output_failed_with_;  // errno
};

}  // namespace athanor::cli
