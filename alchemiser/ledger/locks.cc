#include "alchemiser/ledger/locks.h"

namespace athanor::alchemiser {
namespace {
constexpr base::Duration kPause{5};
constexpr base::Duration kPatience{30'000};  // far above one month's trading; a holder that takes longer is stuck
}  // namespace

Result<std::unique_ptr<io::File>> hold(io::FileSystem& files, const std::string& path, const Pause& pause) {
  for (base::Duration waited{0};; waited += kPause) {
    auto lock = files.lock(path);
    if (lock || lock.error().code != ErrorCode::AlreadyExists) return lock;
    if (waited >= kPatience) return Error{ErrorCode::Throttled, "The account is busy: " + lock.error().message, {}};
    pause(kPause);
  }
}

}  // namespace athanor::alchemiser
