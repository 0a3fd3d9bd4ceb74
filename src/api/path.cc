#include "api/path.h"

#include <fmt/format.h>

#include "api/validate.h"

namespace athanor::api {

std::string Path::text() const {
  if (outer_ == nullptr) return {};
  const std::string outer = outer_->text();
  if (number_ > 0) return fmt::format("{}.{}.member", outer, number_);
  if (is_inside_) return fmt::format("{}.{}.member", outer, name_);
  const std::string name = lower_first(name_);
  return outer.empty() ? name : outer + "." + name;
}

}  // namespace athanor::api
