#include "sim/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace athanor::sim {
namespace {

std::string rule_arn(std::size_t rule) {
  return fmt::format("arn:aws:events:us-east-1:123456789012:rule/trade/r{}", rule);
}

bool is_damage(const Error& error) { return error.code == ErrorCode::Corrupt || error.code == ErrorCode::Lost; }

constexpr std::string_view kBeforeId = R"({"version":"0","id":")";
constexpr std::string_view kBeforeDetail = R"("resources":[],"detail":)";

std::string millis_text(base::Time time) { return fmt::format("{} ms", time.time_since_epoch().count()); }

}  // namespace

std::string_view member_of(std::string_view event, std::string_view name) {
  const std::string_view head = event.substr(0, event.find("\"detail\":"));
  const auto key = fmt::format("\"{}\":\"", name);
  const auto at = head.find(key);
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size();
  return head.substr(begin, head.find('"', begin) - begin);
}

Checker::Checker(Coverage& coverage) : coverage_(coverage) {}

void Checker::violate(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

// Something that was seen is gone.
void Checker::was_seen(std::string what) {
  if (has_lied_)
    is_void_ = true;
  else
    violate(std::move(what));
}

void Checker::cannot_be_read(std::string_view what, const Error& error) {
  if (has_lied_ && is_damage(error)) {
    is_void_ = true;
    coverage_.add(Reached::LyingDiskLost);
  } else {
    violate(fmt::format("I4: {} cannot be read: {} {}", what, error.message, error.detail));
  }
}

// Deleted by another receiver since, or expired, and freed: then nothing is lost.
void Checker::message_unread(Place queue, const std::string& id, const Error* error) {
  if (error == nullptr) {
    const bool may_be_kept = queue == Place::Fifo && (reads_have_failed_ || is_void_);
    if (!may_be_kept) violate("I4: a received message was kept back: " + id);
    return coverage_.add(Reached::MessageWithheld);
  }
  if (error->code == ErrorCode::Unavailable && reads_have_failed_) return coverage_.add(Reached::MessageUnread);
  const bool is_gone = is_deleted(queue, id) || (queue == Place::Work && is_deleted(Place::Spoiled, id)) ||
                       (queue == Place::Brief && mails_[id].is_excused);
  if (error->code == ErrorCode::Lost && is_gone) return coverage_.add(Reached::MessageReadTooLate);
  cannot_be_read("a message", *error);
}

bool Checker::invocation_unread(const Error& error) {
  if (error.code == ErrorCode::Unavailable && reads_have_failed_) {
    coverage_.add(Reached::InvocationUnread);
    return true;
  }
  cannot_be_read("a function's payload", error);
  return false;
}

// Must not be a 4xx: the caller has made no mistake.
void Checker::read_refused(std::string_view operation, const Error& error) {
  if (error.code == ErrorCode::Unavailable || is_damage(error)) return;
  violate(fmt::format("I4: {} was answered as if its caller were wrong: {}", operation, error.message));
}

void Checker::event_tailed(const std::string& id) {
  const auto found = events_by_id_.find(id);
  if ((found == events_by_id_.end() || !event_at(found->second).exists) && !is_void_)
    violate("I3: the log shows an event that nobody put: " + id);
}

// --- Decisions

void Checker::rule_changed(log::LogPosition at, std::size_t rule, RulePut put) {
  set(at, rules_[rule], std::move(put));
}

void Checker::event_put(log::LogPosition at, std::string id, char source, std::string detail, base::Time time) {
  const int index = static_cast<int>(events_.size());
  if (events_by_id_.contains(id)) violate(fmt::format("I3: two events have the id {}", id));
  events_by_id_[id] = index;
  const bool archived =
      archive_.exists && (archive_.sources.empty() || archive_.sources.find(source) != std::string::npos);
  std::string text = fmt::format(R"({}{}","detail-type":"Sold","source":"{}","account":"123456789012","time":"{}",)"
                                 R"("region":"us-east-1",{}{}}})",
                                 kBeforeId, id, source, base::to_iso8601(time), kBeforeDetail, detail);
  events_.push_back({.id = std::move(id),
                     .source = source,
                     .detail = std::move(detail),
                     .text = std::move(text),
                     .time = time,
                     .archive = archived ? archive_.number : 0,
                     .at = at});
  undo_.push_back({at.value, [this, index] {
                     event_at(index).exists = false;
                     if (event_at(index).is_seen)
                       was_seen(
                           fmt::format("I3: the event {} was seen, but the log does not have it", event_at(index).id));
                   }});
  expect(at, index, -1, -1);
}

// One more delivery for every target of every rule that matches now.
void Checker::expect(log::LogPosition at, int event, int replay, int only_rule) {
  for (std::size_t r = 0; r < kRules; ++r) {
    const RulePut& rule = rules_[r];
    if (!rule.matches(event_at(event).source) || (only_rule >= 0 && r != static_cast<std::size_t>(only_rule))) continue;
    for (const auto& [id, target] : rule.targets) expect_one(at, {event, replay, target.place}, rule_arn(r), target);
  }
}

void Checker::expect_one(log::LogPosition at, const Key& key, const std::string& rule, const TargetPut& target) {
  const auto [event, replay, place] = key;
  Expected& expected = expected_[key];
  const bool exists = is_function(place) ? function(place).exists : queue(place).exists;
  const auto entry = expected.targets.emplace(rule, target);
  undo_.push_back({at.value, [&expected, entry] { expected.targets.erase(entry); }});
  const bool has_queue = queue(Place::Dead).exists;
  if (!has_queue) set(at, expected.may_lose_letters, true);
  if (!exists) {
    add(at, !target.has_dead_letters ? expected.dropped : has_queue ? expected.letters_due : expected.without_queue, 1);
    return;
  }
  add(at, expected.count, 1);
  if (!target.has_dead_letters) add(at, expected.droppable, 1);
  if (place == Place::Fifo && replay < 0 && expected.count == 1) {  // once, however many targets send it
    auto& group = fifo_[group_of(event)];
    group.push_back(event);
    undo_.push_back({at.value, [&group] { group.pop_back(); }});
  }
}

void Checker::add(log::LogPosition at, int& count, int by) {
  count += by;
  undo_.push_back({at.value, [&count, by] { count -= by; }});
}

void Checker::queue_changed(log::LogPosition at, Place queue, QueuePut put, base::Time now) {
  QueuePut& there = queues_[index_of(queue)];
  if (there.exists && !put.exists) queue_deleted(at, queue, now);
  set(at, there, put);
}

// Its messages must not reappear, not even in the next queue of that name.
void Checker::queue_deleted(log::LogPosition at, Place queue, base::Time now) {
  deleted_ever_.insert(queue);
  purged(at, queue);
  set(at, emptied_[index_of(queue)], Emptied{at.value, now});
  add(at, incarnations_[index_of(queue)], 1);
  if (queue == Place::Dead) {
    for (auto& [key, expected] : expected_) set(at, expected.may_lose_letters, true);
  } else if (queue == Place::Spoiled) {
    for (auto& [id, mail] : mails_) {
      // It may have been moved to Spoiled.
      if (mail.queue == Place::Work && mail.exists && messages_[{Place::Work, id}].receives > 0)
        set(at, mail.is_excused, true);
    }
  }
}

void Checker::function_changed(log::LogPosition at, Place function, FunctionPut put) {
  FunctionPut& there = functions_[index_of(function)];
  if (there.exists && !put.exists) function_deleted(at, function);
  if (put.exists) configurations_[index_of(function)].push_back(put);
  set(at, there, put);
}

// What waits for it is given up, and what runs gets no further attempt. With short lines some deliveries may not be
// accepted yet: those may still reach the next function of that name.
void Checker::function_deleted(log::LogPosition at, Place function) {
  deleted_ever_.insert(function);
  const int closed = incarnation(function);
  for (auto& [key, expected] : expected_) {
    if (std::get<Place>(key) == function && expected.closed == kOpen && !has_short_lines_)
      set(at, expected.closed, closed);
  }
  for (auto& [id, run] : runs_) {
    if (std::get<Place>(run.key) != function || run.closed != kOpen) continue;
    const auto expected = expected_.find(run.key);
    // What started had been accepted, unless the world has gone back since to before that.
    if (expected == expected_.end() || expected->second.seen.contains(id)) set(at, run.closed, closed);
  }
  add(at, incarnations_[index_of(function)], 1);
}

void Checker::mail_sent(log::LogPosition at, Place queue, const std::string& id, std::string body, base::Time now,
                        base::Duration delay, const std::string& deduplication_id) {
  constexpr base::Duration kWindow = std::chrono::minutes{5};
  const auto first = mails_by_duplicate_.find(deduplication_id);
  const auto known = first == mails_by_duplicate_.end() ? mails_.end() : mails_.find(first->second);
  const bool is_within = known != mails_.end() && known->second.exists &&
                         known->second.incarnation == incarnation(queue) && now - known->second.sent < kWindow;
  if (known != mails_.end() && known->first == id) {
    if (!is_within && !has_jumped_) violate("I5: a message was taken for one that was sent long ago: " + id);
    return coverage_.add(Reached::DuplicateRefused);
  }
  if (is_within && !has_jumped_ && !is_void_) violate("I5: a FIFO queue took a duplicate: " + deduplication_id);
  if (mails_.contains(id)) violate("I3: two messages have the id " + id);
  Mail& mail = mails_[id];
  mail = {.queue = queue,
          .body = std::move(body),
          .sent = now,
          .visible_at = now + delay,
          .incarnation = incarnation(queue)};
  undo_.push_back({at.value, [this, &mail, id] {
                     mail.exists = false;
                     if (mail.is_seen) was_seen("I3: a message was seen, but the log does not have it: " + id);
                   }});
  if (!deduplication_id.empty()) set(at, mails_by_duplicate_[deduplication_id], id);
}

void Checker::received(log::LogPosition at, Place queue, const std::string& id, base::Time now, base::Time visible_at,
                       std::uint32_t receive_count) {
  Message& message = messages_[{queue, id}];
  Message after = message;
  const auto wrong = [&](const std::string& what) {
    if (!is_void_) violate(fmt::format("I7: {}: {}", what, id));
  };
  if (message.is_deleted) wrong(fmt::format("a deleted message came back in {}", name_of(queue)));
  if (latest_ < message.visible_at)
    wrong(fmt::format("{} gave a message again {} too early", name_of(queue), (message.visible_at - latest_).count()));
  ++after.receives;
  // In Spoiled the receives from Work count, too.
  if (queue != Place::Spoiled && receive_count != after.receives)
    wrong(
        fmt::format("{} says {} receives of a message; there were {}", name_of(queue), receive_count, after.receives));
  const bool is_redriven = queue == Place::Work && this->queue(Place::Spoiled).exists;
  if (is_redriven && after.receives > this->queue(Place::Work).receives_max)
    wrong(fmt::format("{} receives of a message, past the redrive policy", after.receives));
  if (const auto mail = mails_.find(id); mail != mails_.end()) {
    if (latest_ < mail->second.visible_at) violate("I7: a delayed message was received before its time");
    if (is_too_old(mail->second, now)) wrong("a message past its retention was received");
  }
  if (message.receives > 0) coverage_.add(Reached::MessageReceivedAgain);
  after.visible_at = visible_at;
  after.last_receive = at.value;
  set(at, message, after);
}

void Checker::visibility_changed(log::LogPosition at, Place queue, const std::string& id, base::Time visible_at) {
  set(at, messages_[{queue, id}].visible_at, visible_at);
}

void Checker::deleted(log::LogPosition at, Place queue, const std::string& id) {
  set(at, messages_[{queue, id}].is_deleted, true);
}

void Checker::purged(log::LogPosition at, Place queue) {
  for (auto& [key, expected] : expected_) {
    if (std::get<Place>(key) == queue && expected.seen.size() < static_cast<std::size_t>(expected.count))
      set(at, expected.is_excused, true);
  }
  for (auto& [id, mail] : mails_) {
    if (mail.queue == queue && mail.exists) set(at, mail.is_excused, true);
  }
  for (auto& [key, message] : messages_) {
    if (key.first == queue && message.receives > 0) set(at, message.is_deleted, true);
  }
}

void Checker::function_failed(log::LogPosition at, const std::string& request_id, base::Time now) {
  Run& run = runs_[request_id];
  if (is_left_over(run)) coverage_.add(Reached::EndedAfterDeletion);
  set(at, run.may_retry, !is_left_over(run) && run.failures < function(std::get<Place>(run.key)).retries_max);
  set(at, run.failures, run.failures + 1);
  set(at, run.failed, now);
}

void Checker::function_settled(log::LogPosition at, const std::string& request_id) {
  Run& run = runs_[request_id];
  if (is_left_over(run)) coverage_.add(Reached::EndedAfterDeletion);
  set(at, run.is_settled, true);
}

// --- What was seen

void Checker::answered(log::LogPosition before) { answered_ = std::max(answered_, before.value); }

void Checker::message_seen(Place queue, const std::string& id, base::Time sent, const std::string& body,
                           const std::map<std::string, std::string>& attributes) {
  const Emptied& emptied = emptied_[index_of(queue)];
  // Not in Spoiled, where messages come from elsewhere.
  if (queue != Place::Spoiled && sent < emptied.time && messages_[{queue, id}].last_receive > emptied.at &&
      !has_jumped_ && !is_void_)
    violate(fmt::format("I7: {} gives a message of the queue that was deleted: {}", name_of(queue), id));
  if (const auto mail = mails_.find(id); mail != mails_.end()) {
    if (!mail->second.exists && !is_void_) violate("I3: a message that the log does not have: " + id);
    if (mail->second.body != body) violate("I4: a message has another body: " + id);
    if (queue == Place::Spoiled) {
      if (mail->second.queue != Place::Work) violate("I7: a message is in a queue where it does not belong: " + id);
      if (!mail->second.is_seen) coverage_.add(Reached::MessageRedriven);
    } else if (mail->second.queue != queue) {
      violate("I7: a message is in a queue where it does not belong: " + id);
    }
    see(mail->second.is_seen);
    return;
  }
  if (queue == Place::Ticks) return scheduled_event_seen(id, body);
  std::string_view replay_name;
  const int event = find_event(body, &replay_name);
  if (event < 0) return violate(fmt::format("I3: {} holds something that nobody sent: {}", name_of(queue), body));
  const int replay = replay_name.empty() ? -1 : find_replay(replay_name);
  if (!replay_name.empty() && replay < 0) return violate(fmt::format("I3: nobody started a replay {}", replay_name));
  if (replay >= 0) see(replay_at(replay).is_seen);
  see(event_at(event).is_seen);
  check_is_kept(replay, event);
  check_is_not_used(id, event);
  if (queue == Place::Dead) return check_dead_letter(id, sent, event, replay, attributes);
  Expected* const expected = find_expected(event, replay, queue);
  if (expected == nullptr || (expected->count == 0 && !is_void_))
    return violate("I3: no rule sends that: " + describe({event, replay, queue}));
  see(expected->seen, id);
  if (expected->seen.size() > static_cast<std::size_t>(expected->count) && !is_void_)
    violate(fmt::format("I5: {} messages instead of {}: {}", expected->seen.size(), expected->count,
                        describe({event, replay, queue})));
  if (queue == Place::Fifo && replay < 0) check_fifo_order(id, event);
}

std::uint32_t Checker::function_started(Place function, const std::string& revision, const std::string& request_id,
                                        const std::string& payload, Span decided) {
  std::string_view replay_name;
  const int event = find_event(payload, &replay_name);
  const int replay = replay_name.empty() ? -1 : find_replay(replay_name);
  if (event < 0 || (!replay_name.empty() && replay < 0)) {
    violate(fmt::format("I3: {} got something that nobody sent: {}", name_of(function), payload));
    return 0;
  }
  see(event_at(event).is_seen);
  if (replay >= 0) see(replay_at(replay).is_seen);
  check_is_kept(replay, event);
  check_is_not_used(request_id, event);
  const Key key{event, replay, function};
  Expected* const expected = find_expected(event, replay, function);
  if (expected == nullptr || (expected->count == 0 && !is_void_)) {
    violate("I3: no rule sends that: " + describe(key));
    return 0;
  }
  see(expected->seen, request_id);
  if (expected->seen.size() > static_cast<std::size_t>(expected->count) && !is_void_)
    violate(fmt::format("I5: {} invocations instead of {}: {}", expected->seen.size(), expected->count, describe(key)));
  Run& run = runs_[request_id];
  run.key = key;
  run.incarnation = incarnation_of(function, revision);
  if (run.is_settled) violate("I5: an invocation that was settled ran again: " + describe(key));
  // One that was on its way when its function was deleted still starts.
  if (incarnation_of(function, revision) > std::min(run.closed, expected->closed) && !is_void_)
    violate("I5: an invocation of a deleted function ran in the next function of that name: " + describe(key));
  if (run.failures > 0 && !run.may_retry)
    violate(fmt::format("I6: attempt {} of an invocation that may not be tried again: {}", run.failures + 1,
                        describe(key)));
  const base::Duration wait = std::chrono::minutes{run.failures};
  if (run.failures > 0 && decided.last < run.failed + wait)
    violate(fmt::format("I6: tried again {} too early: {}", (run.failed + wait - decided.last).count(), describe(key)));
  // A delivery that was throttled is accepted later than its event, and ages from then on.
  if (replay < 0 && !has_short_lines_ && decided.first - event_at(event).time > event_age_max(function))
    violate("I6: tried past the event's age: " + describe(key));
  return run.failures;
}

void Checker::function_worked(const std::string& request_id) {
  const auto run = runs_.find(request_id);
  if (run == runs_.end() || run->second.key == kOfNothing) return;  // a lying disk lost its event
  see(expected_[run->second.key].handled, request_id);
}

// The longest that was ever in force.
base::Duration Checker::event_age_max(Place function) const {
  base::Duration longest{0};
  for (const FunctionPut& put : configurations_[index_of(function)])
    longest = std::max<base::Duration>(longest, put.event_age_max);
  return longest;
}

// A message of a group is given out when those before it are deleted, or in the same receive.
void Checker::check_fifo_order(const std::string& id, int event) {
  const Message& given = messages_[{Place::Fifo, id}];
  fifo_messages_[event].insert(&given);
  const auto is_done_with = [&](const Message* one) {
    return one->is_deleted || one->last_receive >= given.last_receive;
  };
  for (const int before : fifo_[group_of(event)]) {
    if (before == event) return;
    const Expected* const expected = find_expected(before, -1, Place::Fifo);
    if (!event_at(before).exists || (expected != nullptr && expected->is_excused)) continue;
    const auto known = fifo_messages_.find(before);
    if (known != fifo_messages_.end() && std::ranges::all_of(known->second, is_done_with)) continue;
    if (!is_void_) violate("I5: a FIFO queue gave out of order: " + describe({event, -1, Place::Fifo}));
    return;
  }
}

// --- The server's life

bool Checker::is_too_old(const Mail& mail, base::Time now) const {
  return mail.queue == Place::Brief && mail.sent + queue(Place::Brief).retention <= now;
}

// What is too old now may be gone from now on.
void Checker::forget_old_mail(base::Time now) {
  latest_ = std::max(latest_, now);
  if (!queue(Place::Brief).exists) return;
  for (auto& [id, mail] : mails_) mail.is_excused |= is_too_old(mail, now);
}

void Checker::recovered(log::LogPosition end) {
  has_crashed_ = true;
  schedule_held_ = {};
  if (end.value < answered_) {
    if (has_lied_) {
      is_void_ = true;
      coverage_.add(Reached::LyingDiskLost);
    } else {
      violate(fmt::format("I1: the log ends at {}, but everything before {} was acknowledged", end.value, answered_));
    }
    answered_ = end.value;
  }
  if (!undo_.empty() && undo_.back().at >= end.value) coverage_.add(Reached::RecordsLostUnanswered);
  take_back(undo_, end);
  forget_old_mail(latest_);  // with the retention that is in force again
}

void Checker::take_back(std::vector<Undo>& from, log::LogPosition end) {
  while (!from.empty() && from.back().at >= end.value) {
    from.back().act();
    from.pop_back();
  }
}

// What is seen was decided before the durable position noted with it, and what follows from its being seen is decided
// after that position. So undoing both to the same end is consistent, wherever the end is.
void Checker::went_back(log::LogPosition end) {
  take_back(unsee_, end);
  take_back(undo_, end);
  answered_ = durable_ = end.value;
}

void Checker::see(bool& is_seen) {
  if (!std::exchange(is_seen, true) && may_go_back_) unsee_.push_back({durable_, [&is_seen] { is_seen = false; }});
}

void Checker::see(std::set<std::string>& ids, const std::string& id) {
  if (ids.insert(id).second && may_go_back_) unsee_.push_back({durable_, [&ids, id] { ids.erase(id); }});
}

void Checker::check_is_not_used(const std::string& id, int event) {
  if (may_go_back_ && events_of_ids_.try_emplace(id, event).first->second != event)
    violate("B4: a message or invocation has the id of another event's: " + id);
}

void Checker::check_at_rest(std::optional<Lost> counted) {
  int missing = 0, without_queue = 0;
  bool is_exact = std::ranges::none_of(deleted_ever_, [](Place p) { return p == Place::Dead || is_function(p); });
  for (const auto& [key, expected] : expected_) {
    const auto [event, replay, place] = key;
    const bool may_be_none = may_lack(replay, event) || (replay >= 0 && replay_at(replay).is_cancelled);
    const bool may_miss = expected.is_excused || may_be_none;
    if (may_be_none) {
      is_exact = false;
    } else {
      missing += expected.dropped;
      without_queue += expected.without_queue;
      if (expected.absent_letters.size() != static_cast<std::size_t>(expected.letters_due) &&
          !expected.may_lose_letters && !is_void_)
        violate(fmt::format("I1: {} of {} dead letters of a target that did not exist: {}",
                            expected.absent_letters.size(), expected.letters_due, describe(key)));
    }
    if (!is_function(place)) {
      if (!may_miss && expected.seen.size() != static_cast<std::size_t>(expected.count) && !is_void_)
        violate(fmt::format("I1: {} of {} messages: {}", expected.seen.size(), expected.count, describe(key)));
      continue;
    }
    const int done = static_cast<int>(expected.handled.size() + expected.letters.size());
    if (may_miss) {
      is_exact = false;
      continue;
    }
    if (done < expected.count - expected.droppable && !expected.may_lose_letters && !is_void_)
      violate(fmt::format("I1: {} of {} invocations were handled or dead-lettered: {}", done, expected.count,
                          describe(key)));
    missing += expected.count - done;
  }
  for (const auto& [id, mail] : mails_) {
    if (mail.exists && !mail.is_seen && !mail.is_excused && !is_void_)
      violate(fmt::format("I1: a message of {} was never received: {}", name_of(mail.queue), id));
  }
  check_runs_by_clock();
  coverage_.add(Reached::LostWithoutDeadLetterQueue, static_cast<std::uint64_t>(without_queue));
  if (!counted || has_crashed_) return;
  if (is_exact && !times_out_ && missing != static_cast<int>(counted->dropped))
    violate(fmt::format("I9: {} deliveries went nowhere, but {} were counted as dropped", missing, counted->dropped));
  if (counted->without_queue < static_cast<std::uint64_t>(without_queue))
    violate(fmt::format("I9: {} deliveries were lost without a dead-letter queue, but {} were counted", without_queue,
                        counted->without_queue));
}

// --- Lookup

Checker::Expected* Checker::find_expected(int event, int replay, Place place) {
  const auto it = expected_.find({event, replay, place});
  return it == expected_.end() ? nullptr : &it->second;
}

// The event that `text` must equal in full: I4. A replay puts its name before the resources.
int Checker::find_event(std::string_view text, std::string_view* replay_name) const {
  constexpr std::size_t kIdCharacters = 36;
  if (!text.starts_with(kBeforeId)) return -1;
  const auto found = events_by_id_.find(std::string{text.substr(kBeforeId.size(), kIdCharacters)});
  if (found == events_by_id_.end()) return -1;
  const std::string_view whole = event_at(found->second).text;
  *replay_name = {};
  if (text == whole) return found->second;
  *replay_name = member_of(text, "replay-name");
  const std::string by_replay = fmt::format("\"replay-name\":\"{}\",", *replay_name);
  const std::size_t at = whole.find(kBeforeDetail);
  const bool is_it = text.substr(0, at) == whole.substr(0, at) && text.substr(at).starts_with(by_replay) &&
                     text.substr(at + by_replay.size()) == whole.substr(at);
  return is_it ? found->second : -1;
}

int Checker::find_replay(std::string_view name) const {
  const auto it = replays_by_name_.find(name);
  return it == replays_by_name_.end() ? -1 : it->second;
}

std::string Checker::describe(const Key& key) const {
  const auto [event, replay, place] = key;
  return fmt::format("event {} of {} to {}{}", event_at(event).id, millis_text(event_at(event).time), name_of(place),
                     replay < 0 ? std::string{} : " by " + replay_at(replay).name);
}

}  // namespace athanor::sim
