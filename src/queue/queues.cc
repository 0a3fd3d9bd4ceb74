#include "queue/queues.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/alphanumeric.h"
#include "base/assert.h"
#include "base/planted.h"
#include "base/text.h"
#include "queue/limits.h"
#include "queue/receipt.h"

namespace athanor::queue {
namespace {

std::string_view name_of(std::string_view queue_arn) { return queue_arn.substr(queue_arn.rfind(':') + 1); }
// Region and account, with everything before them.
std::string_view place_of(std::string_view queue_arn) { return queue_arn.substr(0, queue_arn.rfind(':')); }
bool is_fifo_name(std::string_view name) { return name.ends_with(".fifo"); }

Result<void> check_name(std::string_view name, bool fifo_wanted) {
  const bool fifo = is_fifo_name(name);
  if (fifo_wanted && !fifo) {
    return bad_parameter(
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
        ".fifo suffix and be 1 to 80 in length.");
  }
  const std::string_view stem = fifo ? name.substr(0, name.size() - std::string_view{".fifo"}.size()) : name;
  const bool characters = std::all_of(stem.begin(), stem.end(),
                                      [](char c) { return base::is_alphanumeric_ascii(c) || c == '-' || c == '_'; });
  if (fifo != fifo_wanted || stem.empty() || name.size() > kQueueNameCharacters || !characters) {
    return bad_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  }
  return {};
}

}  // namespace

Error queue_not_found() { return not_found("The specified queue does not exist."); }

Queue::Queue(Attributes attributes_given, Tags tags_given, std::string key, base::Time now)
    : attributes(std::move(attributes_given)),
      tags(std::move(tags_given)),
      receipt_key(std::move(key)),
      created(now),
      modified(now),
      messages(attributes.fifo) {}

// --- Decisions

Result<void> Queues::create(const std::string& queue_arn, const AttributeTexts& attributes, const Tags& tags,
                            log::Journal& journal, base::Random& random) {
  const auto fifo_given = attributes.find("FifoQueue");
  const bool is_fifo = fifo_given != attributes.end() && base::equals_ignore_case_ascii(fifo_given->second, "true");
  ATHANOR_CHECK(check_name(name_of(queue_arn), is_fifo));
  ATHANOR_TRY(wanted, with_attributes(default_attributes(is_fifo_name(name_of(queue_arn))), attributes));
  if (const Queue* const existing_queue = find(queue_arn)) {
    const auto different = first_difference(existing_queue->attributes, attributes);
    if (!different) return {};
    return Error{
        ErrorCode::AlreadyExists,
        fmt::format("A queue already exists with the same name and a different value for attribute {}", *different),
        {}};
  }
  ATHANOR_CHECK(check_redrive(queue_arn, wanted));
  journal.write(
      QueueCreated{queue_arn, wanted, tags,
                   base::planted(base::Bug::SameReceiptKeyForAll) ? std::string(32, 'k') : random_receipt_key(random)});
  return {};
}

Result<void> Queues::set_attributes(const std::string& queue_arn, const AttributeTexts& changes,
                                    log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  ATHANOR_TRY(wanted, with_attributes(queue->attributes, changes));
  if (changes.contains("RedrivePolicy")) ATHANOR_CHECK(check_redrive(queue_arn, wanted));
  journal.write(QueueAttributesSet{queue_arn, wanted});
  return {};
}

Result<void> Queues::set_tags(const std::string& queue_arn, const Tags& added, log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  Tags tags = queue->tags;
  for (const auto& [key, value] : added) tags.insert_or_assign(key, value);
  journal.write(QueueTagsSet{queue_arn, std::move(tags)});
  return {};
}

Result<void> Queues::remove_tags(const std::string& queue_arn, const std::vector<std::string>& keys,
                                 log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  Tags tags = queue->tags;
  for (const auto& key : keys) tags.erase(key);
  journal.write(QueueTagsSet{queue_arn, std::move(tags)});
  return {};
}

Result<void> Queues::purge(const std::string& queue_arn, base::Time now, log::Journal& journal) {
  ATHANOR_TRY(queue, at(queue_arn));
  // A purge that seems to lie further ahead was made before the clock was set back.
  if (queue->purged && std::chrono::abs(now - *queue->purged) < kPurgeInterval) {
    return Error{ErrorCode::PurgeInProgress,
                 fmt::format("Only one PurgeQueue operation on {} is allowed every {} seconds.", name_of(queue_arn),
                             kPurgeInterval.count()),
                 {}};
  }
  journal.write(QueuePurged{queue_arn});
  return {};
}

Result<void> Queues::remove(const std::string& queue_arn, log::Journal& journal) {
  ATHANOR_CHECK(at(queue_arn));
  journal.write(QueueDeleted{queue_arn});
  return {};
}

Result<void> Queues::check_redrive(const std::string& queue_arn, const Attributes& attributes) const {
  if (!attributes.redrive_policy) return {};
  const auto& policy = *attributes.redrive_policy;
  const auto refuse = [&](std::string_view reason) { return invalid_parameter(policy.text, "RedrivePolicy", reason); };
  const Queue* const target = find(policy.dead_letter_arn);
  if (!target) return refuse("Dead letter target does not exist.");
  // A queue of another region or account could not list its sources to its own clients.
  if (place_of(policy.dead_letter_arn) != place_of(queue_arn))
    return refuse("Dead-letter target owner and region should be same as the source.");
  if (target->attributes.fifo != attributes.fifo) {
    return refuse("Dead-letter queue must be same type of queue as the source.");
  }
  if (target->attributes.redrive_allow_policy && !target->attributes.redrive_allow_policy->allows(queue_arn)) {
    return refuse("The dead-letter queue's RedriveAllowPolicy does not permit this source queue.");
  }
  return {};
}

// --- Questions

const Queue* Queues::find(std::string_view queue_arn) const {
  const auto found = queues_.find(queue_arn);
  return found == queues_.end() ? nullptr : &found->second;
}

std::vector<std::string> Queues::list(std::string_view arn_prefix, std::string_view after,
                                      std::size_t count_max) const {
  std::vector<std::string> arns;
  auto next = after < arn_prefix ? queues_.lower_bound(arn_prefix) : queues_.upper_bound(after);
  for (; next != queues_.end() && arns.size() < count_max && next->first.starts_with(arn_prefix); ++next) {
    arns.push_back(next->first);
  }
  return arns;
}

std::vector<std::string> Queues::dead_letter_sources(std::string_view queue_arn) const {
  std::vector<std::string> arns;
  for (const auto& [arn, queue] : queues_) {
    const auto& policy = queue.attributes.redrive_policy;
    if (policy && policy->dead_letter_arn == queue_arn) arns.push_back(arn);
  }
  return arns;
}

MessageCounts Queues::counts(std::string_view queue_arn, base::Time now) const {
  const Queue* const queue = find(queue_arn);
  return queue ? queue->messages.counts(now) : MessageCounts{};
}

// --- Waiting receivers

void Queues::watch(std::string_view queue_arn, bool watched) {
  const auto found = queues_.find(queue_arn);
  if (found == queues_.end() || found->second.watched == watched) return;
  found->second.watched = watched;
  found->second.stirred = watched;  // what is already there is news to a new watcher
  if (watched) {
    watched_.emplace(found->first, &found->second);
  } else {
    watched_.erase(found->first);
  }
}

std::vector<std::string> Queues::take_stirred(base::Time now) {
  std::vector<std::string> arns = std::exchange(removed_while_watched_, {});
  for (const auto& [arn, queue] : watched_) {
    const auto reveal = queue->messages.next_reveal();
    if (!queue->stirred && !(reveal && *reveal <= now)) continue;
    queue->stirred = false;
    arns.push_back(arn);
  }
  return arns;
}

std::optional<base::Time> Queues::next_change(base::Time now) const {
  if (!removed_while_watched_.empty()) return now;
  std::optional<base::Time> next;
  for (const auto& [arn, queue] : watched_) {
    if (queue->stirred) return now;
    const auto reveal = queue->messages.next_reveal();
    if (reveal && (!next || *reveal < *next)) next = reveal;
  }
  return next;
}

// --- State

Result<Queue*> Queues::at(std::string_view queue_arn) {
  const auto found = queues_.find(queue_arn);
  if (found == queues_.end()) return queue_not_found();
  return &found->second;
}

Queue& Queues::existing(std::string_view queue_arn) {
  const auto found = queues_.find(queue_arn);
  ATHANOR_ASSERT(found != queues_.end());
  return found->second;
}

void Queues::apply(const log::RecordsLost&, log::LogPosition, base::Time) {
  constexpr std::uint64_t kMoreThanWereSent = 1ULL << 32;
  for (auto& [arn, queue] : queues_) {
    queue.messages.restore_last_sequence(Sequence{queue.messages.next_sequence().value + kMoreThanWereSent});
  }
}

void Queues::apply(const QueueCreated& record, log::LogPosition, base::Time time) {
  if (base::planted(base::Bug::KeepMessagesOfDeletedQueue)) {
    if (auto hidden = queues_.extract("deleted " + record.queue_arn); !hidden.empty()) {
      hidden.key() = record.queue_arn;
      hidden.mapped().attributes = record.attributes;
      queues_.insert(std::move(hidden));
    }
  }
  queues_.try_emplace(record.queue_arn, record.attributes, record.tags, record.receipt_key, time);
}

void Queues::apply(const QueueAttributesSet& record, log::LogPosition, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  const bool has_other_delay = queue.attributes.delay != record.attributes.delay;
  queue.attributes = record.attributes;
  queue.modified = time;
  // Only later messages get a standard queue's new delay. Source: SQS Developer Guide, "delay queues".
  if (has_other_delay && queue.attributes.fifo) queue.messages.set_delay(queue.attributes.delay, time);
  find_expiry(record.queue_arn, queue);  // the retention may have changed
}

void Queues::apply(const QueueTagsSet& record, log::LogPosition, base::Time) {
  existing(record.queue_arn).tags = record.tags;
}

void Queues::apply(const QueueDeleted& record, log::LogPosition, base::Time) {
  auto deleted = queues_.extract(record.queue_arn);
  if (deleted.empty()) return;  // possible after a hole in the log
  Queue& queue = deleted.mapped();
  set_expiry(record.queue_arn, queue, base::Time::max());
  if (watched_.erase(record.queue_arn) > 0) removed_while_watched_.push_back(record.queue_arn);
  if (base::planted(base::Bug::KeepMessagesOfDeletedQueue)) {
    deleted.key() = "deleted " + record.queue_arn;
    queues_.insert(std::move(deleted));
    return;
  }
  removed_.push_back({std::move(queue.messages), std::move(queue.deduplication)});
}

void Queues::apply(const QueuePurged& record, log::LogPosition, base::Time time) {
  Queue& queue = existing(record.queue_arn);
  if (!base::planted(base::Bug::KeepPurgedMessages)) removed_.push_back({queue.messages.take_all(), {}});
  queue.purged = time;
}

void Queues::free_removed() {
  for (std::size_t pieces = kFreedForOne * step_max_; pieces > 0 && !removed_.empty();) {
    removed_.back().messages.free_some(pieces);
    removed_.back().deduplication.free_some(pieces);
    if (pieces > 0) removed_.pop_back();
  }
}

}  // namespace athanor::queue
