#include "function/invocations.h"

#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"
#include "base/planted.h"
#include "base/text.h"
#include "log/codec.h"
#include "log/text_table.h"

namespace athanor::function {
namespace {

constexpr std::uint32_t kRetriesMax = 2;
constexpr std::chrono::seconds kEventAgeMax = std::chrono::hours{6};
// The waits before the first and the second retry.
constexpr base::Duration kRetryWaits[] = {std::chrono::minutes{1}, std::chrono::minutes{2}};
constexpr const char* kTooOld = "EventAgeExceeded";
constexpr const char* kRetriesExhausted = "RetriesExhausted";
constexpr const char* kZeroConcurrency = "ZeroReservedConcurrency";
// Of a failed invocation's answer and error type, for dead letters and destinations. Our numbers: both are in the log.
constexpr std::size_t kErrorPayloadBytes = 65'536;
constexpr std::size_t kErrorTypeBytes = 256;

// Views of what is saved, or of the bytes being loaded.
struct SavedLine {
  std::string_view function_arn;
  std::optional<FailureQueues> left_over;
  static constexpr auto members() {
    return Members{member("function_arn", &SavedLine::function_arn), member("left_over", &SavedLine::left_over)};
  }
};
struct SavedInvocation {
  std::string_view request_id;
  std::string_view function_arn;  // in older snapshots, which name no line
  log::LogPosition position;
  std::uint64_t origin = 0;  // 1-based into Saved::origins; 0: none
  base::Time accepted{};
  base::Time due{};
  std::uint32_t attempts = 0;
  std::uint64_t order = 0;
  std::optional<FailureQueues> left_over;  // in older snapshots
  std::uint64_t line = 0;                  // 1-based into Saved::lines
  static constexpr auto members() {
    using S = SavedInvocation;
    return Members{member("request_id", &S::request_id), member("function_arn", &S::function_arn),
                   member("position", &S::position),     member("origin", &S::origin),
                   member("accepted", &S::accepted),     member("due", &S::due),
                   member("attempts", &S::attempts),     member("order", &S::order),
                   member("left_over", &S::left_over),   member("line", &S::line)};
  }
};
struct Saved {
  std::vector<std::string_view> origins;
  std::string_view invocations;  // an encoded list of SavedInvocation, written and read in place
  std::uint64_t next_order = 1;
  std::vector<SavedLine> lines;
  static constexpr auto members() {
    return Members{member("origins", &Saved::origins), member("invocations", &Saved::invocations),
                   member("next_order", &Saved::next_order), member("lines", &Saved::lines)};
  }
};
constexpr std::uint64_t kInvocationsMember = 1;

std::uint32_t retries_max(const Function& function) {
  if (!function.invoke_config || !function.invoke_config->retries_max) return kRetriesMax;
  return static_cast<std::uint32_t>(*function.invoke_config->retries_max);
}

std::chrono::seconds event_age_max(const Function& function) {
  return function.invoke_config ? function.invoke_config->event_age_max.value_or(kEventAgeMax) : kEventAgeMax;
}

// The last moment at which an invocation accepted at `accepted` may start.
base::Time last_start(const Function& function, base::Time accepted) { return accepted + event_age_max(function); }

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

base::Time Invocations::Line::oldest_waiting() const {
  return std::ranges::find_if(by_acceptance, [](const auto& entry) { return !entry.second->second.runs; })->first.first;
}

Invocations::Invocations(const Functions& functions, std::size_t processes_max,
                         std::function<void(const GivenUp&, base::Time)> given_up, std::size_t per_function_max,
                         std::size_t step_max, std::function<bool(std::string_view arn)> would_be_told)
    : functions_(functions),
      processes_max_(processes_max),
      given_up_(std::move(given_up)),
      per_function_max_(per_function_max),
      step_max_(step_max),
      would_be_told_(std::move(would_be_told)) {}

bool Invocations::is_full(std::string_view function_arn) const {
  const auto line = lines_.find(function_arn);
  return (line == lines_.end() ? 0 : line->second->by_acceptance.size()) >= per_function_max_;
}

HandoverOutcome Invocations::accept(std::string_view function_arn, const Handover& handover, base::Time time) {
  if (functions_.find(function_arn) == nullptr) return HandoverOutcome::NoSuchFunction;
  if (handover.payload_bytes > limits::kAsyncInvokePayloadBytes) return HandoverOutcome::TooLarge;
  // Ids are drawn from 64 bits of the event's id and its target: the same id twice is the same delivery, and it already
  // waits or runs.
  if (find(handover.request_id) != nullptr) return HandoverOutcome::Accepted;
  // Counted from the records, running or not, so that a recovery decides as the live server did.
  if (is_full(function_arn)) return HandoverOutcome::QueueFull;
  keep(handover.request_id, {.line = &line_of(function_arn),
                             .position = handover.position,
                             .origin = handover.origin,
                             .accepted = time,
                             .due = time,
                             .attempts = 0,
                             .order = next_order_++});
  return HandoverOutcome::Accepted;
}

Invocations::ById::value_type* Invocations::find(std::string_view request_id) {
  ById& part = part_of(request_id);
  const auto it = part.find(request_id);
  return it == part.end() ? nullptr : &*it;
}

Invocations::Line& Invocations::line_of(std::string_view function_arn) {
  auto line = lines_.find(function_arn);
  if (line == lines_.end())
    line = lines_.emplace(function_arn, std::make_unique<Line>(Line{.function_arn = std::string{function_arn}})).first;
  return *line->second;
}

void Invocations::keep(std::string request_id, Waiting waiting) {
  ById& part = part_of(request_id);
  auto& invocation = *part.emplace(std::move(request_id), std::move(waiting)).first;
  const Waiting& kept = invocation.second;
  kept.line->by_acceptance.insert({{kept.accepted, kept.order}, &invocation});
  wait(invocation);
}

void Invocations::wait(ById::value_type& invocation) {
  const Waiting& waiting = invocation.second;
  waiting.line->by_start.insert({{waiting.starts(), waiting.order}, &invocation});
  ++waiting_;
}

void Invocations::stop(Waiting& waiting) {
  Line& line = *waiting.line;
  if (std::exchange(waiting.runs, false)) return end(line.function_arn);
  waiting_ -= line.by_start.erase({waiting.starts(), waiting.order});
}

bool Invocations::may_run(std::string_view function_arn) const {
  if (running_total_ >= processes_max_) return false;
  const Function* function = functions_.find(function_arn);
  if (function == nullptr) return false;
  // A reservation is deliberate: it is then no accident that others find no process.
  if (function->reserved_concurrency) return !is_at_reservation(*function);
  return running_of(function_arn) < kRunningOfFreeMax * (processes_max_ - running_total_);
}

bool Invocations::is_at_reservation(const Function& function) const {
  return function.reserved_concurrency &&
         static_cast<std::int64_t>(running_of(function.put.arn)) >= *function.reserved_concurrency;
}

std::size_t Invocations::running_of(std::string_view function_arn) const {
  const auto it = running_.find(function_arn);
  return it == running_.end() ? 0 : it->second;
}

// With a reserved concurrency of 0, new events go to the dead-letter queue or the destination at once. Source: Lambda
// developer guide, "error handling for asynchronous invocation". Our choice: with neither they wait; Lambda drops them.
bool Invocations::gives_up_at_once(const Function& function) const {
  if (function.reserved_concurrency != 0) return false;
  const FailureQueues queues = failure_queues(&function);
  return would_be_told_(queues.on_failure) || would_be_told_(queues.dead_letter_arn);
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
  // One of each function in turn, from the one after the last that started: one function's long line keeps no other
  // from its process, neither now nor when places become free one by one.
  for (bool started = true; started;) {
    started = false;
    auto next = lines_.upper_bound(started_last_);
    for (std::size_t lines = lines_.size(); lines > 0; --lines, ++next) {
      if (next == lines_.end()) next = lines_.begin();
      const auto& [arn, line] = *next;
      // If the first may not start, none after it may: there may be a million, at every tick.
      if (line->by_start.empty() || line->by_start.begin()->first.first > now) continue;
      auto& [request_id, waiting] = *line->by_start.begin()->second;
      const Function* function = functions_.find(arn);
      if (function == nullptr || now > last_start(*function, waiting.accepted)) continue;
      if (now < pauses_.end_of_pause(arn, function->put.revision_id, now) || !try_begin(arn)) continue;
      pauses_.started(arn, now);
      stop(waiting);
      waiting.runs = true;
      attempts.push_back({request_id, function->spec(), waiting.position, waiting.origin});
      started_last_ = arn;
      started = true;
    }
  }
  return attempts;
}

void Invocations::give_up_what_never_starts(base::Time now, log::Journal& journal) {
  InvocationsGivenUp left_over;
  for (const auto& line : left_over_) {
    const bool takes_next = base::planted(base::Bug::GiveUpNextOfTheName) && lines_.contains(line->function_arn);
    for (const auto& [key, invocation] : (takes_next ? lines_.at(line->function_arn) : line)->by_start) {
      if (left_over.request_ids.size() >= step_max_) break;
      left_over.request_ids.push_back(invocation->first);
    }
  }
  if (!left_over.request_ids.empty()) journal.write(left_over);
  std::vector<InvocationFailed> given_up;
  for (const auto& [arn, line] : lines_) {
    const Function* function = functions_.find(arn);
    if (function == nullptr) continue;
    const bool at_once = gives_up_at_once(*function);
    for (const auto& [key, invocation] : at_once ? line->by_start : line->by_acceptance) {
      const bool may_wait = at_once ? key.first > now : now <= last_start(*function, key.first);
      if (given_up.size() >= step_max_ || may_wait) break;
      if (invocation->second.runs) continue;
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
  ById::value_type* const invocation = find(request_id);
  if (invocation == nullptr) return;
  Waiting& waiting = invocation->second;
  const std::string& arn = waiting.line->function_arn;
  const Function* const function = functions_.find(arn);
  if (function != nullptr && !waiting.line->left_over) pauses_.ended(arn, function->put.revision_id, outcome.kind, now);
  // No process could be had: the invocation was not tried, and goes on waiting.
  if (outcome.kind == OutcomeKind::Refused) {
    stop(waiting);
    waiting.refused_until = std::max(waiting.starts(), now) + std::chrono::seconds{1};
    return wait(*invocation);
  }
  if (outcome.is_success())
    journal.write(InvocationSettled{std::string{request_id}});
  else
    journal.write(InvocationFailed{
        std::string{request_id}, std::string{base::utf8_beginning(outcome.error_type, kErrorTypeBytes)},
        std::string{base::utf8_beginning(outcome.payload, kErrorPayloadBytes)}, false, true});
}

std::optional<base::Time> Invocations::next_due(base::Time now) const {
  const auto has_waiting = [](const auto& line) { return !line->by_start.empty(); };
  if (std::ranges::any_of(left_over_, has_waiting)) return now;
  std::optional<base::Time> next;
  for (const auto& [arn, line] : lines_) {
    const Function* function = functions_.find(arn);
    if (line->by_start.empty() || function == nullptr) continue;
    base::Time at = last_start(*function, line->oldest_waiting()) + base::Duration{1};
    const base::Time start = line->by_start.begin()->first.first;
    // What is due and cannot run waits for another to end, which wakes the engine anyway.
    if (gives_up_at_once(*function))
      at = std::min(at, start);
    else if (start > now || may_run(arn))
      at = std::min(at, std::max(start, pauses_.end_of_pause(arn, function->put.revision_id, now)));
    if (!next || at < *next) next = at;
  }
  return next;
}

void Invocations::apply(const InvokeRequested& record, log::LogPosition position, base::Time time) {
  // Invoke has checked that the function exists, the payload is small enough and the line not full.
  (void)accept(record.function_arn, {position, nullptr, record.request_id, record.payload.size()}, time);
}

void Invocations::forget(ById::value_type& invocation) {
  auto& [request_id, waiting] = invocation;
  Line& line = *waiting.line;
  stop(waiting);
  line.by_acceptance.erase({waiting.accepted, waiting.order});
  part_of(request_id).erase(request_id);
  if (!line.by_acceptance.empty()) return;
  if (line.left_over)
    std::erase_if(left_over_, [&](const auto& one) { return one.get() == &line; });
  else
    lines_.erase(line.function_arn);
}

void Invocations::apply(const InvocationSettled& record, log::LogPosition, base::Time) {
  if (ById::value_type* const invocation = find(record.request_id); invocation != nullptr) forget(*invocation);
}

void Invocations::apply(const InvocationFailed& record, log::LogPosition position, base::Time time) {
  ById::value_type* const invocation = find(record.request_id);
  if (invocation == nullptr) return;
  if (const char* const condition = fail(*invocation, record, time); condition != nullptr) {
    const bool is_lost = record.too_old && base::planted(base::Bug::ForgetTooOldInvocation);
    if (!is_lost) give_up(invocation->second, condition, record, position, time);
    forget(*invocation);
  }
}

const char* Invocations::fail(ById::value_type& invocation, const InvocationFailed& record, base::Time time) {
  Waiting& waiting = invocation.second;
  if (record.too_old) return kTooOld;
  if (record.no_concurrency) return kZeroConcurrency;
  const Function* const function = waiting.line->left_over ? nullptr : functions_.find(waiting.line->function_arn);
  const std::uint32_t retries_done = waiting.attempts++;
  if (function == nullptr || retries_done >= retries_max(*function)) return kRetriesExhausted;
  base::Time due = time + kRetryWaits[std::min<std::size_t>(retries_done, std::size(kRetryWaits) - 1)];
  if (base::planted(base::Bug::RetryFunctionAtOnce)) due = time;
  // No retry exactly at the last moment: that the attempt failed in the millisecond in which it came is chance.
  if (due - waiting.accepted >= event_age_max(*function)) return kTooOld;
  stop(waiting);
  waiting.due = due;
  wait(invocation);
  return nullptr;
}

void Invocations::give_up(const Waiting& waiting, std::string condition, const InvocationFailed& last,
                          std::optional<log::LogPosition> failed_at, base::Time time) {
  const Line& line = *waiting.line;
  given_up_({line.function_arn, waiting.position, waiting.origin, last.request_id, std::move(condition),
             waiting.attempts, last.error_type, last.error_message, failed_at, last.to_both,
             line.left_over ? *line.left_over : failure_queues(functions_.find(line.function_arn))},
            time);
}

void Invocations::apply(const FunctionDeleted& record, log::LogPosition, base::Time time) {
  if (base::planted(base::Bug::KeepInvocationsOfDeletedFunction)) return;
  pauses_.forget(record.arn);
  auto deleted = lines_.extract(record.arn);
  if (deleted.empty()) return;
  Line& line = *left_over_.emplace_back(std::move(deleted.mapped()));
  line.left_over = failure_queues(functions_.find(record.arn));
  if (record.in_steps) return;
  std::vector<std::string> request_ids;
  for (const auto& [key, invocation] : line.by_acceptance) {
    const bool ran = std::ranges::find(record.running, invocation->first) != record.running.end();
    if (!ran) request_ids.push_back(invocation->first);
  }
  std::ranges::sort(request_ids);  // as always: this determines the letters' places in their queue
  give_up_left_over(request_ids, time);
}

void Invocations::apply(const InvocationsGivenUp& record, log::LogPosition, base::Time time) {
  give_up_left_over(record.request_ids, time);
}

void Invocations::give_up_left_over(const std::vector<std::string>& request_ids, base::Time time) {
  for (const std::string& request_id : request_ids) {
    ById::value_type* const invocation = find(request_id);
    if (invocation == nullptr) continue;
    // Its sender learns of it from the dead-letter queue.
    if (!base::planted(base::Bug::LoseInvocationsOfDeletedFunction))
      give_up(invocation->second, kRetriesExhausted, function_was_deleted(request_id), std::nullopt, time);
    const bool is_last_of_step = &request_id == &request_ids.back() && request_ids.size() >= step_max_;
    if (is_last_of_step && base::planted(base::Bug::GiveUpLastOfStepTwice)) continue;
    forget(*invocation);
  }
}

// By line, and by acceptance: the order depends neither on what runs nor on the hash table.
template <class Visit>
void Invocations::for_each_line(const Visit& visit) const {
  for (const auto& [arn, line] : lines_) visit(*line);
  for (const auto& line : left_over_) visit(*line);
}

// The invocations first: what they refer to is known only after them.
void Invocations::save(std::string& out) const {
  Saved saved{.next_order = next_order_};
  log::TextTable origins;
  log::codec::put_member_key(out, kInvocationsMember);
  log::put_behind_length(out, [&] {
    for_each_line([&](const Line& line) {
      const bool forgets = base::planted(base::Bug::ForgetLeftOverInSnapshot);
      saved.lines.push_back({line.function_arn, forgets ? std::nullopt : line.left_over});
      for (const auto& [key, invocation] : line.by_acceptance) {
        const auto& [id, w] = *invocation;
        const SavedInvocation one{.request_id = id,
                                  .position = w.position,
                                  .origin = w.origin ? origins.number_of(*w.origin) : 0,
                                  .accepted = w.accepted,
                                  .due = w.due,
                                  .attempts = w.attempts,
                                  .order = w.order,
                                  .line = saved.lines.size()};
        log::codec::put_sized(out, one);
      }
    });
  });
  saved.origins = origins.texts();
  log::codec::put_struct(out, saved);
}

Result<void> Invocations::load(std::string_view bytes) {
  ATHANOR_TRY(saved, log::decode<Saved>(bytes));
  const auto unreadable = [](const char* what) { return corrupt("The snapshot cannot be read.", what); };
  std::vector<std::shared_ptr<const std::string>> origins{nullptr};
  for (const std::string_view origin : saved.origins) origins.push_back(std::make_shared<const std::string>(origin));
  const auto line_of_saved = [&](std::string_view arn, const std::optional<FailureQueues>& left_over) -> Line& {
    if (!left_over) return line_of(arn);
    return *left_over_.emplace_back(
        std::make_unique<Line>(Line{.function_arn = std::string{arn}, .left_over = left_over}));
  };
  std::vector<Line*> lines;
  for (const SavedLine& line : saved.lines) lines.push_back(&line_of_saved(line.function_arn, line.left_over));
  while (!saved.invocations.empty()) {
    std::string_view piece;
    if (!log::codec::take_sized(saved.invocations, piece)) return unreadable("invocations that end too early");
    ATHANOR_TRY(s, log::decode<SavedInvocation>(piece));
    if (s.origin >= origins.size()) return unreadable("an invocation without its origin");
    if (s.line > lines.size()) return unreadable("an invocation without its line");
    Line& line = s.line > 0 ? *lines[s.line - 1] : line_of_saved(s.function_arn, s.left_over);
    keep(std::string{s.request_id}, {&line, s.position, origins[s.origin], s.accepted, s.due, s.attempts, s.order});
    if (base::planted(base::Bug::LoseInvocationTimers)) line.by_start.clear();
  }
  next_order_ = saved.next_order;
  return {};
}

std::optional<log::LogPosition> Invocations::oldest_position_needed() const {
  std::optional<log::LogPosition> oldest;
  for_each_line([&](const Line& line) {
    for (const auto& [key, invocation] : line.by_acceptance) {
      const log::LogPosition position = invocation->second.position;
      oldest = oldest ? std::min(*oldest, position) : position;
    }
  });
  return oldest;
}

}  // namespace athanor::function
