// Any bytes are a valid expression or are refused, and a valid one is matched against any text in bounded time.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/regular_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(bytes), size};
  const auto end = input.find('\n');
  const auto expression = athanor::base::RegularExpression::parse(input.substr(0, end));
  if (expression && end != std::string_view::npos) (void)expression->matches(input.substr(end + 1));
  return 0;
}
