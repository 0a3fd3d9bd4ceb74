#include "cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace athanor::cli {
namespace {

std::string printable(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace

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
