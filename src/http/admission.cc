#include "http/admission.h"

namespace athanor::http {

void Admission::look() {
  ++looks_;
  std::erase_if(coming_, [](const Coming* one) {
    if (!one->is_slow()) return false;
    one->body_.expect_no_more();
    return true;
  });
  while (!held_back_.empty() && (has_room_() || seconds_ - held_back_.front().since > held_back_max_)) {
    auto admit = std::move(held_back_.front().admit);
    held_back_.pop_front();
    admit();  // immediately reads what has arrived, which takes up room
  }
}

}  // namespace athanor::http
