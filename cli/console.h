// What a command says: to standard output what was asked for, to standard error what went wrong and what to do next.
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

// Whether somebody sits there.
struct Person {
  bool watches = false;             // standard error is a terminal
  std::istream* answers = nullptr;  // standard input is one, too
};

class Console {
 public:
  // Colours go where they are told to; main tells from whether the stream is a terminal, and NO_COLOR.
  Console(std::ostream& out, std::ostream& err, bool colour_out, bool colour_err, Person person = {})
      : out_(out), err_(err), colour_out_(colour_out), colour_err_(colour_err), person_(person) {}

  // One line to standard output, there at once; nothing once one could not be written.
  void line(std::string_view text);
  // False once standard output has failed: nobody gets what is printed from here on.
  bool can_print() const { return !output_failed_with_; }
  // One line to standard error: progress, and what is worth knowing but is not the answer.
  void note(std::string_view text);
  // How far something long is, in place of what was said so last; nothing where nobody watches. "" takes it away.
  void progress(std::string_view text);
  // Asks for a yes. nullopt when nobody is there to answer.
  std::optional<bool> ask(std::string_view question);
  // Says why it failed and, when there is one, what to do next; returns the exit code that fits.
  Exit failed(const Error& error, std::string_view hint = {});
  // How the program ends when its command ended with `exit`: what was asked for and could not be written to standard
  // output is said, and is not done. A reader that went away (`| head`) has what it wanted.
  Exit ended(Exit exit);
  // The text in colour, for standard output; as it is when that is no terminal.
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
