#include "cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace athanor::cli {
namespace {

// The length in bytes of a leading character that is not shown as it is; 0 if there is none.
std::size_t obeyed_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;
  if (byte(0) != 0xE2) return 0;
  const bool embeds = byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE;    // U+202A to U+202E
  const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;  // U+2066 to U+2069
  return embeds || isolates ? 3 : 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t obeyed = obeyed_bytes(text);
    out += obeyed > 0 ? ' ' : text.front();
    text.remove_prefix(std::max<std::size_t>(obeyed, 1));
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t width) {
  std::string clean = printable(text);
  if (base::utf8_length(clean) <= width) return clean;
  std::size_t end = 0;
  for (std::size_t count = 0; end < clean.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(clean[end]) & 0xC0) != 0x80;
    if (starts_character && ++count == width) break;
  }
  return clean.substr(0, end) + "…";
}

std::string format_table(const std::vector<Row>& rows, const Console& console) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], base::utf8_length(row[i].text));
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = printable(row[i].text);
      out += console.styled(text, r == 0 ? Style::Dim : row[i].style);
      if (i + 1 < row.size()) out.append(widths[i] - base::utf8_length(text) + 2, ' ');
    }
    if (r + 1 < rows.size()) out += '\n';
  }
  return out;
}

}  // namespace athanor::cli
