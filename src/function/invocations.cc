#include "function/invocations.h"

#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "log/codec.h"

namespace athanor::function {
namespace {

constexpr std::uint32_t kRetriesMax = 2;
constexpr std::chrono::seconds kEventAgeMax = std::chrono::hours{6};
// The waits before the first and the second retry.
constexpr base::Duration kRetryWaits[] = {std::chrono::minutes{1}, std::chrono::minutes{2}};
constexpr const char* kTooOld = "EventAgeExceeded";
constexpr const char* kRetriesExhausted = "RetriesExhausted";
// Over all functions. The next tick follows at once; requests come between.
constexpr std::size_t kGivenUpPerTick = 1'000;
// Of a failed invocation's answer and its name, for dead letters and destinations. Our numbers: they stand in the log.
constexpr std::size_t kErrorPayloadBytes = 65'536;
constexpr std::size_t kErrorTypeBytes = 256;

struct SavedInvocation {
  std::string request_id;
  std::string function_arn;
  log::LogPosition position;
  std::uint64_t origin = 0;  // 1-based into Saved::origins; 0: none
  base::Time accepted{};
  base::Time due{};
  std::uint32_t attempts = 0;
  std::uint64_t order = 0;
  std::optional<FailureQueues> left_over;
  static constexpr auto members() {
    using S = SavedInvocation;
    return Members{member("request_id", &S::request_id), member("function_arn", &S::function_arn),
                   member("position", &S::position),     member("origin", &S::origin),
                   member("accepted", &S::accepted),     member("due", &S::due),
                   member("attempts", &S::attempts),     member("order", &S::order),
                   member("left_over", &S::left_over)};
  }
};
struct Saved {
  std::vector<std::string> origins;
  std::vector<SavedInvocation> invocations;
  std::uint64_t next_order = 1;
  static constexpr auto members() {
    return Members{member("origins", &Saved::origins), member("invocations", &Saved::invocations),
                   member("next_order", &Saved::next_order)};
  }
};

std::uint32_t retries_max(const Function& function) {
  if (!function.invoke_config || !function.invoke_config->retries_max) return kRetriesMax;
  return static_cast<std::uint32_t>(*function.invoke_config->retries_max);
}

std::chrono::seconds event_age_max(const Function& function) {
  return function.invoke_config ? function.invoke_config->event_age_max.value_or(kEventAgeMax) : kEventAgeMax;
}

// The last moment at which an invocation that was accepted then may start.
base::Time last_start(const Function& function, base::Time accepted) { return accepted + event_age_max(function); }

// A reserved concurrency of 0 has new events go to the dead-letter queue or the destination at once. Source: Lambda
// developer guide, "error handling for asynchronous invocation". Our choice: with neither they wait; Lambda drops them.
bool gives_up_at_once(const Function& function) {
  return function.reserved_concurrency == 0 &&
         (!function.put.dead_letter_arn.empty() ||
          (function.invoke_config && !function.invoke_config->on_failure.empty()));
}

FailureQueues failure_queues(const Function* function) {
  if (function == nullptr) return {};
  return {function->invoke_config ? function->invoke_config->on_failure : std::string{}, function->put.dead_letter_arn};
}

InvocationFailed function_was_deleted(std::string request_id) {
  return {.request_id = std::move(request_id),
          .error_type = "ResourceNotFoundException",
          .error_message = "The function was deleted."};
}

}  // namespace

void Invocations::Line::add(const Invocation& invocation) {
  const auto& [id, waiting] = invocation;
  by_start.insert({{waiting.starts(), waiting.order}, &invocation});
  by_acceptance.insert({{waiting.accepted, waiting.order}, &invocation});
}

void Invocations::Line::remove(const Waiting& waiting) {
  by_start.erase({waiting.starts(), waiting.order});
  by_acceptance.erase({waiting.accepted, waiting.order});
}

Invocations::Invocations(const Functions& functions, std::size_t processes_max,
                         std::function<void(const GivenUp&, base::Time)> given_up, std::size_t per_function_max)
    : functions_(functions),
      processes_max_(processes_max),
      given_up_(std::move(given_up)),
      per_function_max_(per_function_max) {}

bool Invocations::is_full(std::string_view function_arn) const {
  const auto held = held_.find(function_arn);
  return (held == held_.end() ? 0 : held->second) >= per_function_max_;
}

HandoverOutcome Invocations::accept(std::string_view function_arn, const Handover& handover, base::Time time) {
  if (functions_.find(function_arn) == nullptr) return HandoverOutcome::NoSuchFunction;
  if (handover.payload_bytes > limits::kAsyncInvokePayloadBytes) return HandoverOutcome::TooLarge;
  // Ids are drawn from 64 bits of the event's place: twice the same is the same delivery, and that waits or runs
  // already.
  if (invocations_.contains(handover.request_id)) return HandoverOutcome::Accepted;
  // Counted by what the records say, running or not, so that a recovery decides as the live server did.
  if (is_full(function_arn)) return HandoverOutcome::QueueFull;
  auto held = held_.find(function_arn);
  if (held == held_.end()) held = held_.try_emplace(std::string{function_arn}).first;
  ++held->second;
  auto line = lines_.find(function_arn);
  if (line == lines_.end()) line = lines_.try_emplace(std::string{function_arn}).first;
  Waiting waiting{.function_arn = line->first,
                  .position = handover.position,
                  .origin = handover.origin,
                  .accepted = time,
                  .due = time,
                  .attempts = 0,
                  .order = next_order_++};
  line->second.add(*invocations_.emplace(handover.request_id, std::move(waiting)).first);
  return HandoverOutcome::Accepted;
}

bool Invocations::may_run(std::string_view function_arn) const {
  if (running_total_ >= processes_max_) return false;
  const Function* function = functions_.find(function_arn);
  if (function == nullptr) return false;
  const auto it = running_.find(function_arn);
  const std::size_t running = it == running_.end() ? 0 : it->second;
  // Who reserves says how many: then it is no accident that others find none.
  if (function->reserved_concurrency) return static_cast<std::int64_t>(running) < *function->reserved_concurrency;
  return running < kRunningOfFreeMax * (processes_max_ - running_total_);
}

bool Invocations::try_begin(std::string_view function_arn) {
  if (!may_run(function_arn)) return false;
  ++running_[std::string{function_arn}];
  ++running_total_;
  return true;
}

void Invocations::end(std::string_view function_arn) {
  const auto it = running_.find(function_arn);
  ATHANOR_ASSERT(it != running_.end() && it->second > 0);
  if (--it->second == 0) running_.erase(it);
  --running_total_;
}

std::vector<Attempt> Invocations::start_due(base::Time now, log::Journal& journal) {
  give_up_what_never_starts(now, journal);
  std::vector<Attempt> attempts;
  // One of each function in turn, from the one behind that which started last: a long line of one keeps no other from
  // its process, neither now nor when places come free one by one.
  for (bool started = true; started;) {
    started = false;
    auto next = lines_.upper_bound(started_last_);
    for (std::size_t lines = lines_.size(); lines > 0; --lines, ++next) {
      if (next == lines_.end()) next = lines_.begin();
      auto& [arn, line] = *next;
      // Where the first may not start, none behind it may: there may be a million, in every tick.
      if (line.empty() || line.by_start.begin()->first.first > now) continue;
      const auto& [request_id, waiting] = *line.by_start.begin()->second;
      const Function* function = functions_.find(arn);
      if (function == nullptr || now > last_start(*function, waiting.accepted)) continue;
      if (now < pauses_.end_of_pause(arn, function->put.revision_id) || !try_begin(arn)) continue;
      pauses_.started(arn, now);
      running_ids_.insert(request_id);
      attempts.push_back({request_id, function->spec(), waiting.position, waiting.origin});
      line.remove(waiting);
      started_last_ = arn;
      started = true;
    }
  }
  return attempts;
}

void Invocations::give_up_what_never_starts(base::Time now, log::Journal& journal) {
  std::vector<InvocationFailed> given_up;
  for (const std::string& request_id : stranded_) given_up.push_back(function_was_deleted(request_id));
  for (const auto& [arn, line] : lines_) {
    const Function* function = functions_.find(arn);
    if (function == nullptr) continue;
    const bool at_once = gives_up_at_once(*function);
    for (const auto& [key, invocation] : at_once ? line.by_start : line.by_acceptance) {
      const bool may_wait = at_once ? key.first > now : now <= last_start(*function, key.first);
      if (given_up.size() >= kGivenUpPerTick || may_wait) break;
      given_up.push_back({.request_id = invocation->first,
                          .error_type = {},
                          .error_message = at_once ? "The function's reserved concurrency is 0."
                                                   : "The event was older than the function takes.",
                          .too_old = !at_once,
                          .to_both = true,
                          .no_concurrency = at_once});
    }
  }
  for (const InvocationFailed& failed : given_up) journal.write(failed);
}

void Invocations::finished(std::string_view request_id, const Outcome& outcome, base::Time now, log::Journal& journal) {
  const auto it = invocations_.find(request_id);
  if (it == invocations_.end()) return;
  const Function* const function = functions_.find(it->second.function_arn);
  if (function != nullptr && !it->second.left_over)
    pauses_.ended(it->second.function_arn, function->put.revision_id, outcome.kind, now);
  // A process could not be had: the invocation was not tried, and waits on.
  if (outcome.kind == OutcomeKind::Refused) {
    if (!running_ids_.contains(request_id)) return;
    end(it->second.function_arn);
    running_ids_.erase(it->first);
    if (it->second.left_over) {
      stranded_.insert(it->first);
      return;
    }
    it->second.refused_until = std::max(it->second.starts(), now) + std::chrono::seconds{1};
    lines_[it->second.function_arn].add(*it);
    return;
  }
  if (outcome.is_success())
    journal.write(InvocationSettled{std::string{request_id}});
  else
    journal.write(InvocationFailed{
        std::string{request_id}, std::string{base::utf8_beginning(outcome.error_type, kErrorTypeBytes)},
        std::string{base::utf8_beginning(outcome.payload, kErrorPayloadBytes)}, false, true});
}

std::optional<base::Time> Invocations::next_due(base::Time now) const {
  if (!stranded_.empty()) return now;
  std::optional<base::Time> next;
  for (const auto& [arn, line] : lines_) {
    const Function* function = functions_.find(arn);
    if (line.empty() || function == nullptr) continue;
    base::Time at = last_start(*function, line.by_acceptance.begin()->first.first) + base::Duration{1};
    const base::Time start = line.by_start.begin()->first.first;
    // What is due and cannot run waits for an end, which wakes the engine by itself.
    if (gives_up_at_once(*function))
      at = std::min(at, start);
    else if (start > now || may_run(arn))
      at = std::min(at, std::max(start, pauses_.end_of_pause(arn, function->put.revision_id)));
    if (!next || at < *next) next = at;
  }
  return next;
}

std::vector<std::string> Invocations::running_of(std::string_view function_arn) const {
  std::vector<std::string> ids;
  for (const std::string& id : running_ids_) {
    const Waiting& waiting = invocations_.find(id)->second;
    if (waiting.function_arn == function_arn && !waiting.left_over) ids.push_back(id);
  }
  return ids;
}

void Invocations::apply(const InvokeRequested& record, log::LogPosition position, base::Time time) {
  // Invoke has asked whether the function is there, the payload small enough and the line not full.
  (void)accept(record.function_arn, {position, nullptr, record.request_id, record.payload.size()}, time);
}

void Invocations::forget(const std::string& request_id) {
  const auto it = invocations_.find(request_id);
  if (it == invocations_.end()) return;
  if (running_ids_.erase(request_id) > 0) end(it->second.function_arn);
  if (it->second.left_over) {
    stranded_.erase(request_id);
    invocations_.erase(it);
    return;
  }
  if (const auto held = held_.find(it->second.function_arn); held != held_.end() && --held->second == 0)
    held_.erase(held);
  if (const auto line = lines_.find(it->second.function_arn); line != lines_.end()) {
    line->second.remove(it->second);
    if (line->second.empty()) lines_.erase(line);
  }
  invocations_.erase(it);
}

void Invocations::apply(const InvocationSettled& record, log::LogPosition, base::Time) { forget(record.request_id); }

void Invocations::apply(const InvocationFailed& record, log::LogPosition position, base::Time time) {
  const auto it = invocations_.find(record.request_id);
  if (it == invocations_.end()) return;
  Waiting waiting = it->second;
  forget(record.request_id);
  if (waiting.left_over) {
    ++waiting.attempts;
    give_up(waiting, kRetriesExhausted, record, position, time);
    return;
  }
  const Function* function = functions_.find(waiting.function_arn);
  if (function == nullptr) return;
  if (record.too_old && base::planted(base::Bug::ForgetTooOldInvocation)) return;
  if (record.too_old) {
    give_up(waiting, kTooOld, record, position, time);
    return;
  }
  if (record.no_concurrency) {
    give_up(waiting, "ZeroReservedConcurrency", record, position, time);
    return;
  }
  if (waiting.attempts++ >= retries_max(*function)) {
    give_up(waiting, kRetriesExhausted, record, position, time);
    return;
  }
  waiting.due = time + kRetryWaits[std::min<std::size_t>(waiting.attempts, std::size(kRetryWaits)) - 1];
  if (base::planted(base::Bug::RetryFunctionAtOnce)) waiting.due = time;
  // A retry that would fall on the last moment is none: that it fails in the millisecond in which it came is chance.
  if (waiting.due - waiting.accepted >= event_age_max(*function)) {
    give_up(waiting, kTooOld, record, position, time);
    return;
  }
  ++held_[waiting.function_arn];
  Line& line = lines_[waiting.function_arn];
  line.add(*invocations_.emplace(record.request_id, std::move(waiting)).first);
}

void Invocations::give_up(const Waiting& waiting, std::string condition, const InvocationFailed& last,
                          std::optional<log::LogPosition> failed_at, base::Time time) {
  given_up_({waiting.function_arn, waiting.position, waiting.origin, last.request_id, std::move(condition),
             waiting.attempts, last.error_type, last.error_message, failed_at, last.to_both,
             waiting.left_over ? *waiting.left_over : failure_queues(functions_.find(waiting.function_arn))},
            time);
}

void Invocations::apply(const FunctionDeleted& record, log::LogPosition, base::Time time) {
  if (base::planted(base::Bug::KeepInvocationsOfDeletedFunction)) return;
  pauses_.forget(record.arn);
  lines_.erase(record.arn);
  const auto held = held_.extract(record.arn);
  std::size_t left = held.empty() ? 0 : held.mapped();
  const auto report_to = std::make_shared<const FailureQueues>(failure_queues(functions_.find(record.arn)));
  for (const std::string& request_id : record.running) {
    const auto it = invocations_.find(request_id);
    if (it == invocations_.end() || it->second.function_arn != record.arn || it->second.left_over) continue;
    it->second.left_over = report_to;
    if (!running_ids_.contains(request_id)) stranded_.insert(request_id);  // in a recovery
    --left;
  }
  // What waited is given up: whoever sent it is told by the dead-letter queue. By the order of ids, and with one walk
  // over them all: there may be a million.
  for (auto it = invocations_.begin(); left > 0 && it != invocations_.end();) {
    if (it->second.function_arn != record.arn || it->second.left_over) {
      ++it;
      continue;
    }
    --left;
    const auto node = invocations_.extract(it++);
    if (running_ids_.erase(node.key()) > 0) end(record.arn);
    if (base::planted(base::Bug::LoseInvocationsOfDeletedFunction)) continue;
    give_up(node.mapped(), kRetriesExhausted, function_was_deleted(node.key()), std::nullopt, time);
  }
}

std::string Invocations::save() const {
  Saved saved{.next_order = next_order_};
  std::unordered_map<const std::string*, std::uint64_t> by_address;  // finds nearly all; equal texts are written once
  std::map<std::string_view, std::uint64_t> by_text;
  for (const auto& [id, w] : invocations_) {
    std::uint64_t origin = 0;
    if (w.origin) {
      const auto [known, is_new_address] = by_address.try_emplace(w.origin.get());
      if (is_new_address) {
        const auto [it, is_new] = by_text.emplace(*w.origin, by_text.size() + 1);
        if (is_new) saved.origins.push_back(*w.origin);
        known->second = it->second;
      }
      origin = known->second;
    }
    saved.invocations.push_back({id, w.function_arn, w.position, origin, w.accepted, w.due, w.attempts, w.order,
                                 w.left_over ? std::optional{*w.left_over} : std::nullopt});
  }
  return log::encode(saved);
}

Result<void> Invocations::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  std::vector<std::shared_ptr<const std::string>> origins{nullptr};
  for (std::string& origin : saved.origins) origins.push_back(std::make_shared<const std::string>(std::move(origin)));
  for (SavedInvocation& s : saved.invocations) {
    if (s.origin >= origins.size())
      return Error{ErrorCode::Corrupt, "The snapshot cannot be read.", "an invocation without its origin"};
    Waiting waiting{s.function_arn, s.position, origins[s.origin], s.accepted, s.due, s.attempts, s.order};
    if (s.left_over) {
      waiting.left_over = std::make_shared<const FailureQueues>(std::move(*s.left_over));
      stranded_.insert(s.request_id);
      invocations_.emplace(s.request_id, std::move(waiting));
      continue;
    }
    ++held_[s.function_arn];
    const auto invocation = invocations_.emplace(s.request_id, std::move(waiting)).first;
    if (!base::planted(base::Bug::LoseInvocationTimers)) lines_[s.function_arn].add(*invocation);
  }
  next_order_ = saved.next_order;
  return {};
}

std::optional<log::LogPosition> Invocations::oldest_position_needed() const {
  std::optional<log::LogPosition> oldest;
  for (const auto& [id, w] : invocations_) {
    if (!oldest || w.position < *oldest) oldest = w.position;
  }
  return oldest;
}

}  // namespace athanor::function
