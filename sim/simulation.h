// One running world: a server on a bad disk, those who use it, those who operate it, and the checker.
//
// Each kind of actor has a file of its own: clients.cc, targets.cc, operators.cc, places.cc (queues and functions that
// come and go), schedules.cc, stacks.cc, machine.cc (the server's deaths and the disk's faults); steps.cc notes what
// the server does in steps; world.cc performs the steps of the script.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/events_rules.h"
#include "base/clock.h"
#include "base/random.h"
#include "queue/message.h"
#include "sim/backups.h"
#include "sim/cast.h"
#include "sim/checker.h"
#include "sim/coverage.h"
#include "sim/disk.h"
#include "sim/script.h"
#include "sim/server.h"
#include "sim/world.h"

namespace athanor::sim {

// How the failures of a function may be retried (places.cc).
FunctionPut draw_function(base::Random& random);
// The retention of the queue where it is short (places.cc).
std::chrono::seconds draw_retention(base::Random& random);
// The sources a rule may match (operators.cc): "ab", and the pattern {"source":["a","b"]}.
std::string draw_sources(base::Random& random);
std::string pattern_of(const std::string& sources);

// What a stack's template may say (stacks.cc).
struct StackTemplate {
  RulePut rule;  // its targets belong to the stack, except one
  QueuePut queue;
  FunctionPut function;
};

class Simulation {
 public:
  Simulation(const Script& script, bool tells);
  RunReport run();

 private:
  // world.cc
  void set_up();
  void take(const Step& step);
  void perform(StepKind kind, base::Random& random);
  void drain_again_and_again(base::Random& random);
  void drain(base::Random& random);
  void pass_time(base::Duration time);
  void pass_days(base::Random& random);
  void tell_time();
  void note_time();
  void come_to_rest();
  bool let_rest(base::Random& random);
  bool replay_all(base::Random& random);
  void wait_for_expiry(base::Random& random);
  bool rests();
  void check_state();
  void check_kept();
  void tick();
  void commit_and_tell();
  void commit_silently(base::Random& random);
  void tell();
  void trace(std::string_view line);

  // clients.cc
  void put_events(base::Random& random);
  void send_events(api::PutEventsRequest request);
  void send_messages(base::Random& random);
  void send_message(Place queue, base::Random& random);
  void receive(Place queue, std::size_t count_max, std::optional<std::chrono::seconds> visibility_timeout);
  void receive_some(base::Random& random);
  void arrive(Place queue, int incarnation, const std::vector<queue::ReceivedMessage>& messages);
  void run_posted(base::Random& random);
  void run_slow_reads(base::Random& random);
  void delete_some(base::Random& random);
  void delete_message(std::size_t held);
  void change_visibility(base::Random& random);
  void tail();

  // targets.cc
  void meet_functions();
  void finish_some_functions(base::Random& random);
  void finish_function(base::Random& random);
  const Personality& personality(Place function) const;

  // operators.cc
  void put_rule(std::size_t rule, RulePut put);
  void put_target(std::size_t rule, const std::string& id, const TargetPut& target);
  void change_rule(base::Random& random);
  void change_targets(base::Random& random);
  void change_archive(base::Random& random);
  void create_archive(std::string sources, std::chrono::days retention);
  std::chrono::days draw_archive_retention(base::Random& random) const;
  void change_archive_retention(std::chrono::days retention);
  void start_replay(base::Random& random);
  void replay(base::Time from, base::Time to, int only_rule);
  void cancel_replay(base::Random& random);
  void purge(base::Random& random);
  void back_up(base::Random& random);
  void free_much(base::Random& random);
  void go_back(base::Random& random);
  std::vector<std::string> active_replays();
  void note_replays_beside_expiry();
  void note_failed_replays();
  void check_rules();

  // places.cc
  void create_queue(Place queue, QueuePut put);
  void create_function(Place function, FunctionPut put);
  void delete_queue(Place queue);
  void delete_function(Place function);
  void change_queue(base::Random& random);
  void set_visibility_timeout(Place queue, std::chrono::seconds timeout);
  void set_retention(Place queue, std::chrono::seconds retention);
  void set_receives_max(std::uint32_t receives_max);
  void set_attribute(Place queue, const QueuePut& put, const char* name, const std::string& value);
  Place draw_queue(base::Random& random) const;
  void change_function(base::Random& random);
  void put_invoke_config(Place function, FunctionPut put);
  void check_places();

  // schedules.cc
  void put_schedule(SchedulePut put);
  void send_schedule_to_queue();
  void delete_schedule();
  void change_schedule(base::Random& random);
  void end_schedule();
  void check_schedule();

  // stacks.cc
  void change_stack(base::Random& random);
  void deploy_stack(const StackTemplate& wanted);
  void delete_stack();
  void finish_stack();
  void await_stack_answer();
  void check_stack();

  // steps.cc
  void begin(Reached steps);
  void note_tick();
  void note_receive(Place queue, log::LogPosition before, bool gave);
  bool has_exhausted();
  void comes_between_steps(Reached what, std::optional<Reached> of = {});
  void commit(bool with_snapshot = false);

  // machine.cc
  void heal();
  void count_deliveries();
  void die(base::Random& random, bool power_is_lost);
  bool start_server(base::Random& random);
  void restart(base::Random& random);
  void look_after_server(base::Random& random);
  void fail_soon(base::Random& random);
  void fail_reads_soon(base::Random& random);
  void fill_disk(base::Random& random);
  void free_disk();
  void lie_about_syncs(base::Random& random);
  void compact(base::Random& random);
  void jump_clock(base::Random& random);
  void set_clock(base::Duration by);
  void try_flipped_bit(base::Random& random);

  bool has(Fault fault) const { return script_.faults.has(fault); }

  const Script& script_;
  const bool tells_;
  base::Random random_;  // for what the seed decides once for the whole run
  RunReport report_;
  Disk disk_;
  base::ManualClock clock_;
  std::array<Personality, kFunctions.size()> functions_;
  Server server_;
  Checker checker_;
  Backups backups_;

  std::set<Reached> begun_;  // work in steps, of which one is done and another due
  bool is_over_ = false;     // the server refused to start, rightly
  bool is_full_ = false;     // the disk
  bool was_full_ = false;
  bool power_was_lost_ = false;  // when the server went down last
  // The queues keep messages for 14 days: none should expire.
  static constexpr int kDaysMax = 10;
  int jumped_days_ = 0;
  Checker::Span since_told_;  // when what the engine now announces was decided
  WorkStates state_before_;   // of the engine, when everything in it was durable
  log::LogPosition end_before_;

  struct Held {
    Place queue;
    int incarnation;  // of the queue
    queue::ReceivedMessage message;
    log::LogPosition seen;  // how far the log was durable then
    bool is_lost = false;   // the world went back behind its record
  };
  std::deque<Held> held_;  // received by consumers
  struct SlowRead {
    std::function<void()> read;
    std::uint64_t ends_one_in = 0;  // looks; 0: not drawn yet
  };
  std::deque<SlowRead> slow_reads_;   // of what was received
  std::optional<std::int64_t> tail_;  // where the client that tails the log goes on
  std::deque<std::pair<std::uint64_t, api::PutEventsRequest>> unanswered_;
  std::deque<api::PutEventsRequest> to_send_again_;
  struct StackDeletion {};
  std::optional<std::variant<StackTemplate, StackDeletion>> stack_wish_;  // not answered yet
  std::uint64_t stack_requests_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t mails_ = 0;
  std::uint64_t replays_ = 0;
  std::vector<std::string> met_;  // request ids of running functions
};

}  // namespace athanor::sim
