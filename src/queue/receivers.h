// Those waiting for messages: the long polls that have found nothing yet.
//
// The engine calls `serve` after each batch and when `next_deadline` or Queues::next_change is due. Nothing here is
// logged state: a receiver whose connection is lost, or whose server restarts, asks again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"
#include "log/journal.h"
#include "queue/queues.h"

namespace athanor::queue {

using ReceiverId = base::Strong<struct ReceiverIdTag, std::uint64_t>;

class Receivers {
 public:
  using Answer = std::function<void(Result<std::vector<ReceivedMessage>>)>;

  // Waits at the end of the queue's line. `answer` is called once, from serve: with messages as soon as there are some,
  // with none at the deadline, with NotFound when the queue is deleted. nullopt when kReceiversMax are already waiting,
  // or after close (then `answer` is not called; the caller should answer with no messages).
  std::optional<ReceiverId> wait(Queues& queues, std::string queue_arn, ReceiveParameters parameters,
                                 base::Time deadline, Answer answer);
  // Its answer will not be called. False if it already was.
  bool cancel(Queues& queues, ReceiverId id);

  // The server stops: answers everyone with no messages, and nobody waits from here on. A message that came later would
  // be given to a connection that is about to be cut, and its receive count would tell of a receiver that never was.
  void close(Queues& queues);

  // Gives what may be received now to the waiting receivers, first come first served; answers those whose deadline has
  // passed. Answers are called last, when the state is consistent: they may call `wait` again.
  void serve(Queues& queues, base::Time now, log::Journal& journal);

  std::optional<base::Time> next_deadline() const;

 private:
  struct Receiver {
    std::string queue_arn;
    ReceiveParameters parameters;
    base::Time deadline{};
    Answer answer;
  };
  using Answered = std::vector<std::pair<Answer, Result<std::vector<ReceivedMessage>>>>;

  void serve_queue(Queues& queues, const std::string& queue_arn, base::Time now, log::Journal& journal,
                   Answered& answered);
  Answer leave(Queues& queues, ReceiverId id);

  bool is_closed_ = false;
  std::uint64_t last_id_ = 0;
  std::map<ReceiverId, Receiver> receivers_;
  std::map<std::string, std::set<ReceiverId>> lines_;  // by queue, in order of arrival
  std::set<std::pair<base::Time, ReceiverId>> deadlines_;
};

}  // namespace athanor::queue
