// Text in columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"

namespace athanor::cli {

// Replaces each character that a terminal acts on instead of showing with a space: C0, DEL, C1, and those that change
// text direction (UAX #9, explicit formatting), so that no content can move the cursor or pass for something else.
std::string printable(std::string_view text);

struct Cell {
  std::string text;
  Style style = Style::Plain;
};

using Row = std::vector<Cell>;

// The first row is the heading. Columns are as wide as their widest cell and two spaces apart; the last is not padded.
// Cells go through printable(). One line per row, no newline after the last.
std::string format_table(const std::vector<Row>& rows, const Console& console);

// printable(), cut to `width` characters if longer, the last of them an ellipsis.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace athanor::cli
