// The store of one queue with more messages than it holds singly, against an obviously correct map.
#include "queue/message_store.h"

#include <gtest/gtest.h>

#include <vector>

namespace athanor::queue {
namespace {

using std::chrono::milliseconds;

struct Known {
  MessageId id;
  log::LogPosition position;
  base::Time sent{};
  base::Time visible_at{};
  bool received = false;
  bool has_origin = false;
  friend bool operator==(const Known&, const Known&) = default;
};

class RandomStore {
 public:
  explicit RandomStore(std::uint64_t seed) : random_(seed) {}

  void step() {
    now_ += milliseconds{random_.below(20)};
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        return add_many();
      case 3:
      case 4:
        return receive(random_.below(600));
      case 5:
        return take_any();
      case 6:
        return receive(1);
      case 7:
        if (random_.one_in(6)) expire();
        return;
      case 8:
        if (random_.one_in(40)) clear();
        return;
      case 9:
        return save_and_load();
      default:
        return look_at_any();
    }
  }

  void compare() {
    reveal();
    std::map<Sequence, Known> found;
    store_.for_each([&](Sequence sequence, const Message& m) {
      found.emplace(sequence, Known{m.id, m.position, m.sent, m.visible_at, m.receive_count > 0, m.origin != nullptr});
    });
    ASSERT_EQ(found, known_);
    std::optional<base::Time> oldest_sent;
    std::optional<log::LogPosition> oldest_position;
    std::size_t visible = 0;
    for (const auto& [sequence, m] : known_) {
      oldest_sent = oldest_sent ? std::min(*oldest_sent, m.sent) : m.sent;
      oldest_position = oldest_position ? std::min(*oldest_position, m.position) : m.position;
      visible += m.visible_at <= now_;
    }
    ASSERT_EQ(store_.oldest_sent(), oldest_sent);
    ASSERT_EQ(store_.oldest_position(), oldest_position);
    ASSERT_EQ(store_.counts(now_).visible, visible);
  }

  std::size_t blocks_saved() const { return blocks_saved_; }

 private:
  void add_many() {
    const bool is_plain = !random_.one_in(5);  // else some of them cannot be held in a block
    // Sometimes earlier than what was sent before: the clock was set back.
    const base::Time usual = random_.one_in(6) ? now_ - milliseconds{random_.below(2'000)} : now_;
    const auto origin = random_.one_in(3) ? nullptr : std::make_shared<const std::string>("rule");
    for (std::uint64_t left = random_.below(900); left > 0; --left) {
      const base::Time sent = is_plain || !random_.one_in(200) ? usual : usual - milliseconds{random_.below(50)};
      const base::Time visible_at = is_plain || !random_.one_in(200) ? sent : now_ + milliseconds{random_.below(50)};
      position_ += random_.below(5'000);
      Message message{.id = MessageId::random(random_),
                      .position = log::LogPosition{position_},
                      .origin = origin,
                      .sent = sent,
                      .visible_at = visible_at};
      const Known known{message.id, message.position, sent, visible_at, false, origin != nullptr};
      known_.emplace(store_.add(std::move(message), {}, now_), known);
    }
  }

  void receive(std::uint64_t count) {
    reveal();
    std::vector<Sequence> chosen;
    store_.for_each_receivable([&](Sequence sequence, const Message&) {
      if (chosen.size() < count) chosen.push_back(sequence);
      return chosen.size() < count;
    });
    std::size_t matched = 0;
    for (const auto& [sequence, m] : known_) {
      if (matched == chosen.size()) break;
      if (m.visible_at > now_) continue;
      ASSERT_EQ(chosen[matched++], sequence);
    }
    ASSERT_EQ(matched, chosen.size());
    for (const Sequence sequence : chosen) {
      if (random_.one_in(2)) {
        take(sequence);
        continue;
      }
      const base::Time visible_at = now_ + milliseconds{random_.below(100)};
      store_.receive(sequence, now_, visible_at);
      known_.at(sequence).visible_at = visible_at;
      known_.at(sequence).received = true;
    }
  }

  // Reveals all that is due, so that messages come in order of sequence; the counts must be right even before that.
  void reveal() {
    const MessageCounts before = store_.counts(now_);
    for (auto next = store_.next_reveal(); next && *next <= now_; next = store_.next_reveal()) store_.reveal(now_, 7);
    ASSERT_EQ(store_.counts(now_), before);
  }

  void take(Sequence sequence) {
    ASSERT_EQ(store_.take(sequence).id, known_.at(sequence).id);
    known_.erase(sequence);
  }

  Sequence any() { return std::next(known_.begin(), static_cast<std::ptrdiff_t>(random_.below(known_.size())))->first; }

  void take_any() {
    if (!known_.empty()) take(any());
  }

  void look_at_any() {
    const Sequence gone{known_.empty() ? 0 : known_.begin()->first.value - 1};
    ASSERT_EQ(store_.find(gone), nullptr);
    if (known_.empty()) return;
    const Sequence sequence = any();
    ASSERT_NE(store_.find(sequence), nullptr);
    ASSERT_EQ(store_.find(sequence)->id, known_.at(sequence).id);
  }

  void expire() {
    const base::Time until = now_ - milliseconds{random_.below(200)};
    for (base::Time earlier{base::Time::min()}; earlier < until;) {  // in steps, each of which makes progress
      const std::size_t before = known_.size();
      earlier = store_.earlier_for_few(until, 1 + random_.below(50));
      store_.remove_sent_until(earlier);
      std::erase_if(known_, [&](const auto& entry) { return entry.second.sent <= earlier; });
      ASSERT_TRUE(known_.size() < before || earlier == until);
    }
  }

  void clear() {
    for (MessageStore all = store_.take_all();;) {
      std::size_t pieces = 100;
      all.free_some(pieces);
      if (pieces > 0) break;
    }
    known_.clear();
  }

  // What is saved does not depend on how it was held: saved twice, it is the same.
  void save_and_load() {
    const auto load = [&](const MessageStore& from, std::string& saved) {
      MessageStore loaded{false};
      from.for_each(
          [&](const MessageBlock& block) {
            auto read = MessageBlock::load(block.first(), block.origin(), block.bytes());
            ASSERT_TRUE(read);
            saved += std::to_string(block.first().value) + ' ' + block.bytes();
            ++blocks_saved_;
            loaded.restore(*std::move(read));
          },
          [&](Sequence sequence, const Message& m) {
            saved += std::to_string(sequence.value) + ' ' + m.id.text();
            loaded.restore(sequence,
                           {.id = m.id,
                            .position = m.position,
                            .origin = m.origin,
                            .sent = m.sent,
                            .visible_at = m.visible_at,
                            .receive_count = m.receive_count,
                            .generation = m.generation},
                           {});
          });
      loaded.restore_last_sequence(Sequence{from.next_sequence().value - 1});
      return loaded;
    };
    std::string once, twice;
    MessageStore loaded = load(store_, once);
    store_ = load(loaded, twice);
    ASSERT_EQ(once, twice);
  }

  base::Random random_;
  base::Time now_{std::chrono::seconds{1'700'000'000}};
  std::uint64_t position_ = 0;
  MessageStore store_{false};
  std::map<Sequence, Known> known_;
  std::size_t blocks_saved_ = 0;
};

TEST(MessageStore, HoldsABacklogAsAMapWould) {
  std::size_t blocks_saved = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    RandomStore run{seed};
    for (int i = 0; i < 100; ++i) {
      run.step();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
      if (i % 5 == 0) run.compare();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    blocks_saved += run.blocks_saved();
  }
  EXPECT_GT(blocks_saved, 1'000U);
}

// Even when all single messages before them are gone.
TEST(MessageStore, NeedsTheLogOfItsBlocks) {
  MessageStore store{false};
  constexpr std::uint64_t kMany = 8 * MessageBlock::kMessages;
  for (std::uint64_t i = 1; i <= kMany; ++i) store.add({.position = log::LogPosition{i}}, {}, {});
  for (std::uint64_t i = 1; i < kMany; ++i) {
    store.take(Sequence{i});
    ASSERT_EQ(store.oldest_position(), log::LogPosition{i + 1});
  }
}

// Messages are not in the order of their times once the clock was set back: each has its own delay.
TEST(MessageStore, DelaysEachByItsOwnTimeAfterTheClockWasSetBack) {
  using std::chrono::seconds;
  using Sequences = std::vector<std::uint64_t>;
  MessageStore store{true};
  for (const int sent : {0, 100, 50, 98}) {
    const base::Time time{seconds{sent}};
    store.add({.sent = time, .visible_at = time}, "g", time);
  }
  const base::Time now{seconds{105}};
  const std::pair<int, Sequences> changes[] = {{10, {2, 4}}, {6, {2}}, {60, {2, 3, 4}}, {0, {}}};
  for (const auto& [delay, expected] : changes) {
    store.set_delay(seconds{delay}, now);
    Sequences delayed;
    store.for_each([&](Sequence sequence, const Message&) {
      if (store.state(sequence, now) == MessageState::Delayed) delayed.push_back(sequence.value);
    });
    EXPECT_EQ(delayed, expected) << delay;
  }
}

// Whether a message has been revealed is not part of the state, so it must not decide when the message is due.
TEST(MessageStore, ShortensTheDelayOfWhatWasRevealedBeforeTheClockWasSetBack) {
  using std::chrono::seconds;
  for (const bool is_revealed : {false, true}) {
    MessageStore store{true};
    const auto add = [&](int sent, int delay) {
      const base::Time time{seconds{sent}};
      return store.add({.sent = time, .visible_at = time + seconds{delay}}, "g", time);
    };
    const Sequence first = add(0, 900);
    add(5, 0);
    if (is_revealed) store.reveal(base::Time{seconds{900}}, 10);
    store.set_delay(seconds{10}, base::Time{seconds{100}});
    EXPECT_EQ(store.find(first)->visible_at, base::Time{seconds{10}}) << is_revealed;
    EXPECT_EQ(store.counts(base::Time{seconds{100}}).visible, 2U) << is_revealed;
  }
}

TEST(MessageBlock, RefusesBytesThatAreNone) {
  MessageBlock block;
  for (std::uint64_t i = 0; i < MessageBlock::kMessages; ++i) {
    ASSERT_FALSE(block.is_complete());
    ASSERT_TRUE(
        block.append(Sequence{MessageBlock::kMessages + i}, {.id = {i, i}, .position = log::LogPosition{i * 1'000}}));
  }
  ASSERT_TRUE(block.is_complete());
  EXPECT_LE(block.bytes().size(), 20 * MessageBlock::kMessages);
  EXPECT_TRUE(MessageBlock::load(block.first(), nullptr, block.bytes()));
  EXPECT_FALSE(MessageBlock::load(Sequence{1}, nullptr, block.bytes()));
  EXPECT_FALSE(MessageBlock::load(block.first(), nullptr, block.bytes() + '\0'));
  for (std::size_t cut = 0; cut < block.bytes().size(); cut += 7)
    EXPECT_FALSE(MessageBlock::load(block.first(), nullptr, block.bytes().substr(0, cut)));
}

}  // namespace
}  // namespace athanor::queue
