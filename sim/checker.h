// What must be true, given everything that was decided and everything that was seen. Uses no server code.
//
// It is told of each decision as it is taken, with the log position before it. After a crash it undoes decisions at or
// past the end of the recovered log: none of them may have been acknowledged or seen. So at any time it knows exactly
// which rules were in force for an event, and which deliveries must result. The invariants have the numbers of
// docs/reliability.md.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "log/log.h"
#include "sim/cast.h"
#include "sim/coverage.h"

namespace athanor::sim {

// The value of a member of an event's text, before its detail; empty when it has none.
std::string_view member_of(std::string_view event, std::string_view name);

class Checker {
 public:
  explicit Checker(Coverage& coverage);

  const std::vector<std::string>& violations() const { return violations_; }
  void violate(std::string what);

  // --- Decisions, with the position before them.

  void rule_changed(log::LogPosition at, std::size_t rule, RulePut put);
  const RulePut& rule(std::size_t index) const { return rules_[index]; }
  // `retention`: zero keeps events forever.
  void archive_changed(log::LogPosition at, bool exists, std::string sources, std::chrono::days retention);
  void archive_retained(log::LogPosition at, std::chrono::days retention);
  // A deleted queue or function takes its contents with it; one created again under its name is another incarnation.
  void queue_changed(log::LogPosition at, Place queue, QueuePut put, base::Time now);
  const QueuePut& queue(Place queue) const { return queues_[index_of(queue)]; }
  void function_changed(log::LogPosition at, Place function, FunctionPut put);
  const FunctionPut& function(Place function) const { return functions_[index_of(function)]; }
  int incarnation(Place place) const { return incarnations_[index_of(place)]; }
  // The function's processes are started with this revision until the next.
  void function_revised(Place function, const std::string& revision) {
    revisions_[{function, revision}] = incarnation(function);
  }
  int incarnation_of(Place function, const std::string& revision) { return revisions_[{function, revision}]; }
  // The stack's record, as it is in the log; empty: there is none.
  void stack_changed(log::LogPosition at, std::string record) { set(at, stack_, std::move(record)); }
  const std::string& stack() const { return stack_; }
  bool has_archive() const { return archive_.exists; }
  std::chrono::days archive_retention() const { return archive_.retention; }
  void schedule_changed(log::LogPosition at, SchedulePut put, base::Time now);
  const SchedulePut& schedule() const { return schedule_.put; }
  // At `now` the engine did what was due: records from `at` to `end`. `was_refused`: the log refused one of them.
  void schedule_ticked(log::LogPosition at, log::LogPosition end, base::Time now, bool has_room, bool was_refused);

  void event_put(log::LogPosition at, std::string id, char source, std::string detail, base::Time time);

  int events() const { return static_cast<int>(events_.size()); }

  // A message that a client sent. If its deduplication id was used within five minutes, `id` is that of the first.
  void mail_sent(log::LogPosition at, Place queue, const std::string& id, std::string body, base::Time now,
                 base::Duration delay, const std::string& deduplication_id);

  // Events `from` to `to`, both included, of the archive.
  void replay_started(log::LogPosition at, std::string name, base::Time from, base::Time to, int only_rule,
                      base::Time now);
  void replay_cancelled(log::LogPosition at, std::string_view name);
  // It has ended as FAILED, and that can no longer be undone.
  void replay_failed(std::string_view name);
  // Times of events in the archive, for a replay's window.
  std::vector<base::Time> archived_times() const;
  // How many events the archive holds at `now`. What was once past its retention may be gone for good, whether the
  // clock was set back since or the retention was changed.
  struct Archived {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
  };
  Archived archived(base::Time now) const;
  // Where the events are, or were, that are past its retention at `now`.
  std::vector<log::LogPosition> expired(base::Time now) const;
  // Where the events are that the archive of kKeptSource holds.
  std::vector<log::LogPosition> kept() const;

  void received(log::LogPosition at, Place queue, const std::string& id, base::Time now, base::Time visible_at,
                std::uint32_t receive_count);
  void visibility_changed(log::LogPosition at, Place queue, const std::string& id, base::Time visible_at);
  void deleted(log::LogPosition at, Place queue, const std::string& id);
  bool is_deleted(Place queue, const std::string& id) { return messages_[{queue, id}].is_deleted; }
  void purged(log::LogPosition at, Place queue);
  void function_failed(log::LogPosition at, const std::string& request_id, base::Time now);
  void function_settled(log::LogPosition at, const std::string& request_id);

  // The earliest and latest time at which something whose effect is seen later was decided.
  struct Span {
    base::Time first{};
    base::Time last{};
  };

  // --- What was seen from outside, always after it was durable.

  void answered(log::LogPosition before);  // everything before was acknowledged
  void message_seen(Place queue, const std::string& id, base::Time sent, const std::string& body,
                    const std::map<std::string, std::string>& attributes);
  // Returns how often it has failed before.
  std::uint32_t function_started(Place function, const std::string& revision, const std::string& request_id,
                                 const std::string& payload, Span decided);
  void function_worked(const std::string& request_id);
  // A received message that its receiver did not get: it could not be read (I4), or followed one in a FIFO queue that
  // could not (`error` is null).
  void message_unread(Place queue, const std::string& id, const Error* error);
  // False when nothing excuses it; then it is a violation.
  bool invocation_unread(const Error& error);
  // Seen by the client that tails the log.
  void event_tailed(const std::string& id);
  // A client's request was answered with this error, since something could not be read.
  void read_refused(std::string_view operation, const Error& error);

  // --- The server's life

  void sync_lied() { has_lied_ = true; }
  // Whether reads may fail from now on.
  void reads_may_fail(bool may) {
    reads_may_fail_ = may;
    reads_have_failed_ = reads_have_failed_ || may;
  }
  // I4. A lying disk may have lost it before a snapshot, where no start looks: then the error is correct.
  void cannot_be_read(std::string_view what, const Error& error);
  bool has_lied() const { return has_lied_; }
  bool is_void() const { return is_void_; }
  void set_short_lines(bool on) { has_short_lines_ = on; }
  void set_function_timeouts(bool on) { times_out_ = on; }
  void clock_jumped() { has_jumped_ = true; }
  // `running`: the replays that have not ended.
  void time_passes(base::Time now, const std::vector<std::string>& running);
  // The server is back with a log that ends at `end`.
  void recovered(log::LogPosition end);
  // Call first in a world that may go back. What is seen is then noted along with how far the log was durable.
  void may_go_back() { may_go_back_ = true; }
  void durable_until(log::LogPosition position) { durable_ = position.value; }
  // The server goes on from a restored log that ends at `end`: what came after, and what was seen of it, never
  // happened. But its ids are not reused.
  void went_back(log::LogPosition end);
  log::LogPosition answered_until() const { return log::LogPosition{answered_}; }
  // Deliveries that went nowhere, as the server counted them.
  struct Lost {
    std::uint64_t dropped = 0;        // their target has no dead-letter queue
    std::uint64_t without_queue = 0;  // ... or one that does not exist
  };
  // Everything has come to rest. `counted` is known if the server has run from the beginning.
  void check_at_rest(std::optional<Lost> counted);

 private:
  struct Event {
    std::string id;
    char source = 'a';
    std::string detail;
    std::string text;  // the whole event, as targets receive it
    base::Time time{};
    int archive = 0;  // number of the archive that holds it; 0: none
    log::LogPosition at{};
    bool was_expired = false;  // at some time past the retention of its archive
    bool exists = true;
    bool is_seen = false;
  };
  struct Mail {
    Place queue = Place::Work;
    std::string body;
    base::Time sent{};
    base::Time visible_at{};
    bool exists = true;
    bool is_seen = false;
    bool is_excused = false;
    int incarnation = 0;  // of the queue
  };
  struct Replay {
    std::string name;
    bool exists = true;
    bool is_cancelled = false;
    bool is_seen = false;
    // Its events that were past the archive's retention before it ended, and whether it may hold them: those that came
    // to be so while it ran, or were no longer, since the clock was set back.
    std::map<int, bool> expired{};
  };
  struct Schedule {
    SchedulePut put;
    base::Time since{};               // counts from here
    base::Time last{};                // the last time it ran for
    bool may_have_lost_last = false;  // in a crash: then its next run cannot be predicted
  };
  // Runs of the scheduled rule for one of its times.
  struct Runs {
    int count = 0;
    int unsure = 0;  // of `count`: a crash may have lost the record
    std::set<std::string> seen{};
  };
  struct Archive {
    bool exists = false;
    std::string sources;  // empty: all
    int number = 0;
    std::chrono::days retention{0};  // zero: forever
  };
  using Key = std::tuple<int, int, Place>;  // event, replay or -1, where it goes
  // The deliveries of one event to one place.
  struct Expected {
    int count = 0;      // without those whose target did not exist
    int droppable = 0;  // of `count`, those whose target has no dead-letter queue
    bool is_excused = false;
    int letters_due = 0;    // since the target did not exist
    int dropped = 0;        // likewise, without a dead-letter queue
    int without_queue = 0;  // likewise, with one that did not exist
    // The dead-letter queue was deleted, or missing when something may have been given up.
    bool may_lose_letters = false;
    int closed = kOpen;  // the incarnation of the function whose deletion gave up all that waited for it
    std::multimap<std::string, TargetPut> targets{};  // by rule
    std::set<std::string> seen{};                     // ids of messages, or of invocations
    std::set<std::string> handled{};                  // likewise, that the function handled
    std::set<std::string> letters{};                  // ids of messages in the dead-letter queue
    std::set<std::string> absent_letters{};           // likewise, since the target did not exist
  };
  static constexpr int kOpen = std::numeric_limits<int>::max();
  struct Message {
    base::Time visible_at{};
    std::uint32_t receives = 0;
    bool is_deleted = false;
    std::uint64_t last_receive = 0;  // log position
  };
  static constexpr Key kOfNothing{-1, -1, Place::Orders};
  struct Run {
    Key key = kOfNothing;
    std::uint32_t failures = 0;
    base::Time failed{};
    bool is_settled = false;
    bool may_retry = true;
    int closed = kOpen;
    int incarnation = 0;  // of the function that ran it last
  };
  struct Emptied {
    std::uint64_t at = 0;  // position; 0: never
    base::Time time{};
  };
  struct Undo {
    std::uint64_t at;
    std::function<void()> act;
  };

  template <class T>
  void set(log::LogPosition at, T& place, T value) {
    undo_.push_back({at.value, [&place, old = place] { place = old; }});
    place = std::move(value);
  }
  void expect(log::LogPosition at, int event, int replay, int only_rule);
  void expect_one(log::LogPosition at, const Key& key, const std::string& rule, const TargetPut& target);
  void add(log::LogPosition at, int& count, int by);
  void queue_deleted(log::LogPosition at, Place queue, base::Time now);
  void function_deleted(log::LogPosition at, Place function);
  bool is_too_old(const Mail& mail, base::Time now) const;
  void forget_old_mail(base::Time now);
  bool is_archived(const Event& event) const {
    return event.exists && archive_.exists && event.archive == archive_.number;
  }
  bool is_expired(const Event& event, base::Time now) const;
  // Whether the replay may lack the event.
  bool may_lack(int replay, int event) const { return replay >= 0 && replay_at(replay).expired.contains(event); }
  void check_is_kept(int replay, int event);
  // Whether its function was deleted since it started.
  bool is_left_over(const Run& run) const { return run.incarnation < incarnation(std::get<Place>(run.key)); }
  Event& event_at(int index) { return events_[static_cast<std::size_t>(index)]; }
  const Event& event_at(int index) const { return events_[static_cast<std::size_t>(index)]; }
  Replay& replay_at(int index) { return replays_[static_cast<std::size_t>(index)]; }
  const Replay& replay_at(int index) const { return replays_[static_cast<std::size_t>(index)]; }
  Expected* find_expected(int event, int replay, Place place);
  int find_event(std::string_view text, std::string_view* replay_name) const;
  int find_replay(std::string_view name) const;
  void was_seen(std::string what);
  void take_back(std::vector<Undo>& from, log::LogPosition end);
  void see(bool& is_seen);
  void see(std::set<std::string>& ids, const std::string& id);
  void check_is_not_used(const std::string& id, int event);
  // From the event itself: others in the same request may have been refused.
  std::size_t group_of(int event) const { return event_at(event).detail.contains(R"("g":"g1")") ? 1 : 0; }
  void check_runs_by_clock();
  void scheduled_event_seen(const std::string& id, const std::string& body);
  void check_fifo_order(const std::string& id, int event);
  void check_dead_letter(const std::string& id, base::Time sent, int event, int replay,
                         const std::map<std::string, std::string>& attributes);
  base::Duration event_age_max(Place function) const;
  std::string describe(const Key& key) const;

  Coverage& coverage_;
  std::vector<std::string> violations_;

  std::array<RulePut, kRules> rules_;
  std::array<QueuePut, kPlaces.size()> queues_;
  std::array<FunctionPut, kPlaces.size()> functions_;
  std::array<int, kPlaces.size()> incarnations_{};
  std::array<Emptied, kPlaces.size()> emptied_;                          // when queues were last deleted
  std::array<std::vector<FunctionPut>, kPlaces.size()> configurations_;  // ever in force, undone or not
  std::map<std::pair<Place, std::string>, int> revisions_;               // of functions
  std::string stack_;
  std::set<Place> deleted_ever_;  // likewise
  Schedule schedule_;
  base::Time schedule_held_{};  // when there last was no room
  std::map<base::Time, Runs> runs_by_clock_;
  Archive archive_;
  int archives_made_ = 0;
  std::deque<Event> events_;
  std::unordered_map<std::string, int> events_by_id_;
  std::deque<Replay> replays_;
  std::map<std::string, int, std::less<>> replays_by_name_;
  std::map<Key, Expected> expected_;
  std::map<std::string, Mail> mails_;                      // by message id
  std::map<std::string, std::string> mails_by_duplicate_;  // message id by deduplication id
  std::map<std::pair<Place, std::string>, Message> messages_;
  std::map<std::string, Run> runs_;
  std::array<std::vector<int>, 2> fifo_;                   // events of each group, in order
  std::map<int, std::set<const Message*>> fifo_messages_;  // of events, once they were seen

  std::vector<Undo> undo_;
  std::uint64_t answered_ = 0;
  bool may_go_back_ = false;
  std::uint64_t durable_ = 0;
  std::vector<Undo> unsee_;                             // at `durable_`; only where the world may go back
  std::unordered_map<std::string, int> events_of_ids_;  // likewise; ids of messages and invocations
  bool has_lied_ = false;
  bool reads_may_fail_ = false;
  bool reads_have_failed_ = false;
  bool is_void_ = false;  // the disk lied and lost something: records may be missing
  bool has_short_lines_ = false;
  bool times_out_ = false;  // functions, after their work
  bool has_crashed_ = false;
  base::Time latest_{};      // what was once visible stays so when the clock is set back
  bool has_jumped_ = false;  // the clock, and with it the deduplication windows
};

}  // namespace athanor::sim
