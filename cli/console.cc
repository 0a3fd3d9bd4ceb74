#include "cli/console.h"

#include <fmt/format.h>

#include <cerrno>
#include <ostream>
#include <system_error>

#include "base/text.h"
#include "cli/table.h"

namespace athanor::cli {
namespace {

// For error messages: they quote servers, files and what was typed.
std::string printable_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : base::split(text, '\n'))
    out.append(out.empty() ? "" : "\n").append(printable(line));
  return out;
}

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::Bold:
      return "\x1b[1m";
    case Style::Dim:
      return "\x1b[2m";
    case Style::Good:
      return "\x1b[32m";
    case Style::Bad:
      return "\x1b[31m";
    case Style::Caution:
      return "\x1b[33m";
    case Style::Plain:
      break;
  }
  return "";
}

std::string paint(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::Plain) return std::string{text};
  return fmt::format("{}{}\x1b[0m", escape_of(style), text);
}

}  // namespace

void Console::line(std::string_view text) {
  if (!can_print()) return;
  errno = 0;
  out_ << text << '\n' << std::flush;
  if (!out_) output_failed_with_ = errno;
}

void Console::note(std::string_view text) { err_ << text << '\n' << std::flush; }

void Console::progress(std::string_view text) {
  if (person_.watches) err_ << "\r\x1b[K" << text << std::flush;
}

std::optional<bool> Console::ask(std::string_view question) {
  if (person_.answers == nullptr) return std::nullopt;
  err_ << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(*person_.answers, answer);
  return answer == "y" || answer == "yes";
}

Exit Console::failed(const Error& error, std::string_view hint) {
  err_ << paint("error:", Style::Bad, colour_err_) << ' ' << printable_lines(error.message) << '\n';
  if (!hint.empty()) err_ << paint("next: ", Style::Dim, colour_err_) << printable_lines(hint) << '\n';
  err_ << std::flush;
  const bool unreachable = error.code == ErrorCode::Unavailable || error.code == ErrorCode::Timeout;
  return unreachable ? Exit::Unreachable : Exit::Refused;
}

Exit Console::ended(Exit exit) {
  if (can_print() || output_failed_with_ == EPIPE) return exit;
  (void)failed(
      {ErrorCode::DiskFull,
       fmt::format("Cannot write to standard output: {}.", std::generic_category().message(*output_failed_with_)),
       {}});
  return exit == Exit::Done ? Exit::Refused : exit;
}

std::string Console::styled(std::string_view text, Style style) const { return paint(text, style, colour_out_); }

}  // namespace athanor::cli
