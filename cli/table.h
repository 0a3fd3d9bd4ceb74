// Text in columns.
#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace athanor::cli {

struct Cell {
  std::string text;
  Style style = Style::Plain;
};

using Row = std::vector<Cell>;

// The first row is the heading. Columns are as wide as their widest cell and two blanks apart; the last is not padded.
// Control characters in cells are shown as blanks, so that no content can move the cursor. One line a row, no line end
// behind the last.
std::string format_table(const std::vector<Row>& rows, const Console& console);

// Cut to `width` characters, the last of which is then an ellipsis; control characters become blanks.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace athanor::cli
