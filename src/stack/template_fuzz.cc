// Any bytes give a template or an error message, and any template can be planned or refused.
#include <cstddef>
#include <cstdint>

#include "stack/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace athanor::stack;
  auto parsed = parse_template({reinterpret_cast<const char*>(bytes), size});
  if (!parsed) return 0;
  auto bound = bind_parameters(*parsed, {});
  if (!bound) return 0;
  (void)make_plan(std::move(*parsed), std::move(*bound), {.account_id = "123456789012", .region = "us-east-1"})
      .has_value();
  return 0;
}
