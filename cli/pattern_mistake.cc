#include "cli/pattern_mistake.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace athanor::cli {
namespace {

struct Position {
  std::size_t line, column;  // counted from 1
};

std::optional<Position> place_in(std::string_view message) {
  constexpr std::string_view kLine = "; line: ";
  constexpr std::string_view kColumn = ", column: ";
  const auto line_at = message.rfind(kLine);
  if (line_at == std::string_view::npos || !message.ends_with(']')) return std::nullopt;
  const std::string_view place = message.substr(line_at + kLine.size(), message.size() - line_at - kLine.size() - 1);
  const auto column_at = place.find(kColumn);
  if (column_at == std::string_view::npos) return std::nullopt;
  const auto line = base::to_int(place.substr(0, column_at));
  const auto column = base::to_int(place.substr(column_at + kColumn.size()));
  if (!line || !column || *line < 1 || *column < 0) return std::nullopt;
  return Position{static_cast<std::size_t>(*line), static_cast<std::size_t>(*column)};
}

// One character each; control characters become spaces.
std::vector<std::string> characters(std::string_view line) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i + 1;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) ++end;
    const bool is_control = static_cast<unsigned char>(line[i]) < 0x20 || line[i] == 0x7F;
    all.emplace_back(is_control ? std::string_view{" "} : line.substr(i, end - i));
    i = end;
  }
  return all;
}

}  // namespace

std::vector<std::string> pointed_at(std::string_view pattern, std::string_view message) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kBehind = 20;
  constexpr std::string_view kIndent = "  ";
  const auto place = place_in(message);
  const auto lines = base::split(pattern, '\n');
  if (!place || place->line > lines.size()) return {};
  const auto line = characters(lines[place->line - 1]);
  // The position is just past the character, in UTF-16 units: four bytes of UTF-8 are two of them.
  std::size_t units = 1;
  std::size_t at = 0;
  for (; at < line.size(); ++at) {
    units += line[at].size() == 4 ? 2 : 1;
    if (units >= place->column) break;
  }
  at = line.empty() ? 0 : std::min(at, line.size() - 1);

  const std::size_t begin = at > kBefore ? at - kBefore : 0;
  const std::size_t end = std::min(line.size(), at + kBehind);
  std::string shown = std::string{kIndent} + (begin > 0 ? "…" : "");
  for (std::size_t i = begin; i < end; ++i) shown += line[i];
  if (end < line.size()) shown += "…";
  const std::size_t before = kIndent.size() + (begin > 0 ? 1 : 0) + at - begin;
  return {shown, std::string(before, ' ') + "^"};
}

void refuse(Session& session, const Error& error, std::string_view hint) {
  session.fail(error, hint);
  session.exit = Exit::Usage;
}

void refuse_pattern(Session& session, std::string_view text, const Error& error) {
  const bool is_text = base::trim(text).starts_with('{');
  refuse(session, error, is_text ? "" : "a pattern is a JSON object; @file reads one");
  for (const std::string& line : pointed_at(text, error.message)) session.console().note(line);
}

pattern::Paint paint_of(const Console& console) {
  return [&console](std::string_view text, pattern::Tone tone) {
    static constexpr Style kStyles[] = {Style::Plain, Style::Good, Style::Bad, Style::Caution, Style::Dim};
    return console.styled(text, kStyles[static_cast<std::size_t>(tone)]);
  };
}

}  // namespace athanor::cli
