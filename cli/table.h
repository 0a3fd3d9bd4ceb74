// Text in columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"

namespace athanor::cli {

// With a blank for each character that a terminal obeys instead of showing it: C0, DEL, C1, and those that turn the
// direction of what follows (UAX #9, explicit formatting), so that no content can move the cursor or look like another.
std::string printable(std::string_view text);

struct Cell {
  std::string text;
  Style style = Style::Plain;
};

using Row = std::vector<Cell>;

// The first row is the heading. Columns are as wide as their widest cell and two blanks apart; the last is not padded.
// Cells are shown printable(). One line a row, no line end behind the last.
std::string format_table(const std::vector<Row>& rows, const Console& console);

// printable(), and cut to `width` characters, the last of which is then an ellipsis.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace athanor::cli
