// The queues against an obviously correct model, over random operations; a snapshot taken and loaded at random moments;
// and the whole log replayed at the end.
#include <gtest/gtest.h>

#include "log/test_saved.h"
#include "queue/naive_queue.h"
#include "queue/queues.h"
#include "queue/test_journal.h"

namespace athanor::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kRetention{120};
constexpr std::uint32_t kMaxReceiveCount = 3;

struct AcceptedEarlier {
  std::size_t after_records;
  std::string queue_arn;
  log::LogPosition position;
  std::shared_ptr<const std::string> origin;
  MessageId id;
  std::string group_id;
  std::string deduplication_id;
  base::Time time;
};

class RandomRun {
 public:
  RandomRun(std::uint64_t seed, bool fifo) : random_(seed), fifo_(fifo) {
    const std::string suffix = fifo ? ".fifo" : "";
    for (int i = 0; i < 2; ++i) {
      arns_[i] = "arn:aws:sqs:us-east-1:123456789012:" + std::string(i == 0 ? "orders" : "failed") + suffix;
      model_[i].fifo = fifo;
    }
    create(1, {});
    create(0, {{"RedrivePolicy", R"({"deadLetterTargetArn":")" + arns_[1] + R"(","maxReceiveCount":"3"})"}});
    model_[0].max_receive_count = kMaxReceiveCount;
    model_[0].dead_letters = &model_[1];
  }

  void step() {
    switch (random_.below(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return send();
      case 5:
      case 6:
        return accept();
      case 7:
      case 8:
      case 9:
      case 10:
      case 11:
        return receive();
      case 12:
      case 13:
      case 14:
        return delete_message();
      case 15:
        return change_visibility();
      case 16:
        clock_.advance(seconds{random_.one_in(4) ? 70 : 0});  // adds up to more than retention and deduplication
        return purge_rarely();
      case 17:
        return random_.one_in(2) ? reload() : change_delay();
      default:
        clock_.advance(milliseconds{random_.below(1'500)});
    }
  }

  void compare() {
    queues_.expire(clock_.now(), journal_);
    for (std::size_t q = 0; q < 2; ++q) {
      model_[q].expire(clock_.now(), kRetention);
      ASSERT_EQ(queues_.counts(arns_[q], clock_.now()), model_[q].counts(clock_.now()));
      // Each message is in exactly the state the model says; none is missing, none is extra.
      std::map<MessageId, MessageState> expected;
      for (const auto& message : model_[q].messages) {
        if (!message.gone) expected.emplace(message.id, NaiveQueue::state(message, clock_.now()));
      }
      std::map<MessageId, MessageState> actual;
      const auto& store = queues_.find(arns_[q])->messages;
      store.for_each([&](Sequence sequence, const Message& message) {
        ASSERT_TRUE(actual.emplace(message.id, store.state(sequence, clock_.now())).second);
      });
      ASSERT_EQ(actual, expected);
    }
  }

  void replay_all() {
    Queues replayed;
    std::size_t accepted = 0;
    const auto& records = journal_.records();
    for (std::size_t i = 0; i <= records.size(); ++i) {
      for (; accepted < accepted_.size() && accepted_[accepted].after_records == i; ++accepted) {
        accept_into(replayed, accepted_[accepted]);
      }
      if (i < records.size()) TestJournal::replay(records[i], replayed);
    }
    ASSERT_EQ(log::saved(replayed), log::saved(queues_));
  }

 private:
  struct Held {
    std::size_t queue;
    MessageId id;
    std::uint32_t generation;
    std::string handle;
  };

  void create(std::size_t q, AttributeTexts attributes) {
    attributes["MessageRetentionPeriod"] = std::to_string(kRetention.count());
    if (fifo_) attributes["FifoQueue"] = "true";
    const auto created = queues_.create(arns_[q], attributes, {}, journal_, random_);
    ASSERT_TRUE(created) << created.error().message;
  }

  std::string random_group() { return std::string(1, static_cast<char>('a' + random_.below(4))); }

  void send() {
    OutgoingMessage message{.body = "body"};
    seconds delay = model_[0].delay;
    if (fifo_) {
      message.group_id = random_group();
      message.deduplication_id = std::to_string(random_.below(200));
    } else if (random_.one_in(3)) {
      delay = seconds{random_.below(5)};  // instead of the queue's delay
      message.delay = delay;
    }
    const auto* const duplicate = fifo_ ? model_[0].duplicate(message.deduplication_id, clock_.now()) : nullptr;
    const auto sent = queues_.send(arns_[0], message, clock_.now(), journal_, random_);
    ASSERT_TRUE(sent);
    if (duplicate) {
      ASSERT_EQ(sent->id, duplicate->id);
      return;
    }
    model_[0].messages.push_back({.id = sent->id,
                                  .group = message.group_id,
                                  .deduplication_id = message.deduplication_id,
                                  .sent = clock_.now(),
                                  .visible_at = clock_.now() + delay});
  }

  void accept() {
    AcceptedEarlier accepted{journal_.records().size(),
                             arns_[0],
                             log::LogPosition{random_.below(1'000)},
                             std::make_shared<const std::string>(random_group()),
                             MessageId::random(random_),
                             fifo_ ? random_group() : "",
                             fifo_ ? std::to_string(random_.below(200)) : "",
                             clock_.now()};
    const bool duplicate = fifo_ && model_[0].duplicate(accepted.deduplication_id, clock_.now());
    const auto outcome = accept_into(queues_, accepted);
    ASSERT_EQ(outcome, duplicate ? HandoverOutcome::Duplicate : HandoverOutcome::Accepted);
    accepted_.push_back(accepted);
    if (duplicate) return;
    model_[0].messages.push_back({.id = accepted.id,
                                  .group = accepted.group_id,
                                  .deduplication_id = accepted.deduplication_id,
                                  .sent = clock_.now(),
                                  .visible_at = clock_.now() + model_[0].delay});
  }

  static HandoverOutcome accept_into(Queues& queues, const AcceptedEarlier& accepted) {
    return queues.accept(accepted.queue_arn,
                         {.position = accepted.position,
                          .origin = accepted.origin,
                          .message_id = accepted.id,
                          .body_bytes = 1,
                          .group_id = accepted.group_id,
                          .deduplication_id = accepted.deduplication_id},
                         accepted.time);
  }

  void receive() {
    const std::size_t q = random_.one_in(4) ? 1 : 0;
    const ReceiveParameters parameters{.count_max = 1 + random_.below(10),
                                       .visibility_timeout = seconds{random_.below(6)}};
    model_[q].expire(clock_.now(), kRetention);
    const auto expected = model_[q].receive(parameters.count_max, *parameters.visibility_timeout, clock_.now());
    const auto received = queues_.receive(arns_[q], parameters, clock_.now(), journal_);
    ASSERT_TRUE(received);
    ASSERT_EQ(received->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& message = model_[q].messages[expected[i]];
      ASSERT_EQ((*received)[i].id, message.id);
      ASSERT_EQ((*received)[i].receive_count, message.receive_count);
      ASSERT_EQ((*received)[i].sent, message.sent);
      ASSERT_EQ((*received)[i].group_id, message.group);
      ASSERT_EQ((*received)[i].dead_letter_source_arn, q == 1 ? arns_[0] : "");
      held_.push_back({q, message.id, message.generation, (*received)[i].receipt_handle});
    }
  }

  // The model's message that a handle is for, if it still exists.
  NaiveMessage* held_message(const Held& held) {
    for (auto& message : model_[held.queue].messages) {
      if (message.id == held.id && !message.gone) return &message;
    }
    return nullptr;
  }

  bool is_in_flight(const Held& held, const NaiveMessage& message) const {
    return NaiveQueue::state(message, clock_.now()) == MessageState::InFlight && message.generation == held.generation;
  }

  void delete_message() {
    if (held_.empty()) return;
    const Held held = held_[random_.below(held_.size())];
    auto* const message = held_message(held);
    const auto deleted = queues_.delete_message(arns_[held.queue], held.handle, clock_.now(), journal_);
    const bool refused = message && fifo_ && !is_in_flight(held, *message);
    ASSERT_EQ(deleted.has_value(), !refused);
    if (message && !refused) message->gone = true;
  }

  void change_visibility() {
    if (held_.empty()) return;
    const Held held = held_[random_.below(held_.size())];
    auto* const message = held_message(held);
    const seconds timeout{random_.below(4)};
    const auto changed = queues_.change_visibility(arns_[held.queue], held.handle, timeout, clock_.now(), journal_);
    const bool possible = message && is_in_flight(held, *message);
    ASSERT_EQ(changed.has_value(), possible);
    if (possible) message->visible_at = clock_.now() + timeout;
  }

  void change_delay() {
    const seconds delay{random_.below(5)};
    ASSERT_TRUE(queues_.set_attributes(arns_[0], {{"DelaySeconds", std::to_string(delay.count())}}, journal_));
    model_[0].set_delay(delay, clock_.now());
  }

  void purge_rarely() {
    if (!random_.one_in(10)) return;
    if (!queues_.purge(arns_[0], clock_.now(), journal_)) return;
    for (auto& message : model_[0].messages) message.gone = true;
  }

  void reload() {
    const std::string bytes = log::saved(queues_);
    Queues loaded;
    ASSERT_TRUE(loaded.load(bytes));
    ASSERT_EQ(log::saved(loaded), bytes);
    ASSERT_EQ(loaded.oldest_position_needed(), queues_.oldest_position_needed());
    queues_ = std::move(loaded);  // and continue with it
  }

  base::Random random_;
  bool fifo_;
  base::ManualClock clock_;
  Queues queues_;
  TestJournal journal_{queues_, clock_};
  std::string arns_[2];
  NaiveQueue model_[2];
  std::vector<Held> held_;
  std::vector<AcceptedEarlier> accepted_;
};

class QueuesModelTest : public testing::TestWithParam<bool> {};

TEST_P(QueuesModelTest, AgreesWithTheNaiveQueueAndWithItsOwnLog) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomRun run(seed, GetParam());
    for (int i = 0; i < 300; ++i) {
      run.step();
      run.compare();
      if (HasFatalFailure()) return;
    }
    run.replay_all();
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(BothKinds, QueuesModelTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Fifo" : "Standard"; });

}  // namespace
}  // namespace athanor::queue
