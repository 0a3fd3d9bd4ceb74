#include "function/crash_pauses.h"

#include <algorithm>

namespace athanor::function {
namespace {

base::Duration pause_after(std::uint32_t crashes_in_a_row) {
  if (crashes_in_a_row < kCrashesWithoutPause) return {};
  constexpr std::uint32_t kDoublingsMax = 8;  // far beyond the longest pause
  return std::min(kCrashPauseMax,
                  kCrashPauseMin * (1U << std::min(crashes_in_a_row - kCrashesWithoutPause, kDoublingsMax)));
}

}  // namespace

base::Time CrashPauses::end_of_pause(std::string_view function_arn, std::string_view revision_id,
                                     base::Time now) const {
  const auto it = crashes_.find(function_arn);
  const bool is_paused =
      it != crashes_.end() && it->second.revision_id == revision_id && it->second.next <= now + kCrashPauseMax;
  return is_paused ? it->second.next : base::Time{};
}

void CrashPauses::started(std::string_view function_arn, base::Time now) {
  const auto it = crashes_.find(function_arn);
  if (it != crashes_.end()) it->second.next = now + pause_after(it->second.in_a_row);
}

void CrashPauses::ended(std::string_view function_arn, std::string_view revision_id, OutcomeKind how, base::Time now) {
  if (how == OutcomeKind::Refused) return;  // nothing ran
  const bool took_its_process =
      how == OutcomeKind::Crash || how == OutcomeKind::InitError || how == OutcomeKind::Timeout;
  if (!took_its_process) {
    forget(function_arn);
    return;
  }
  auto it = crashes_.find(function_arn);
  if (it == crashes_.end()) it = crashes_.try_emplace(std::string{function_arn}).first;
  Crashes& crashes = it->second;
  if (crashes.revision_id != revision_id) crashes = {.revision_id = std::string{revision_id}};
  ++crashes.in_a_row;
  crashes.next = now + pause_after(crashes.in_a_row);
}

void CrashPauses::forget(std::string_view function_arn) {
  const auto it = crashes_.find(function_arn);
  if (it != crashes_.end()) crashes_.erase(it);
}

}  // namespace athanor::function
