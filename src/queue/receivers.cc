#include "queue/receivers.h"

#include "queue/limits.h"

namespace athanor::queue {

std::optional<ReceiverId> Receivers::wait(Queues& queues, std::string queue_arn, ReceiveParameters parameters,
                                          base::Time deadline, Answer answer) {
  if (is_closed_ || receivers_.size() >= kReceiversMax) return std::nullopt;
  const ReceiverId id{++last_id_};
  auto& line = lines_[queue_arn];
  if (line.empty()) queues.watch(queue_arn, true);
  line.insert(id);
  deadlines_.emplace(deadline, id);
  receivers_.emplace(id, Receiver{std::move(queue_arn), parameters, deadline, std::move(answer)});
  return id;
}

bool Receivers::cancel(Queues& queues, ReceiverId id) {
  if (!receivers_.contains(id)) return false;
  leave(queues, id);
  return true;
}

void Receivers::close(Queues& queues) {
  is_closed_ = true;
  while (!deadlines_.empty()) leave(queues, deadlines_.begin()->second)(std::vector<ReceivedMessage>{});
}

void Receivers::serve(Queues& queues, base::Time now, log::Journal& journal) {
  Answered answered;
  for (const auto& queue_arn : queues.take_stirred(now)) serve_queue(queues, queue_arn, now, journal, answered);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    answered.emplace_back(leave(queues, deadlines_.begin()->second), std::vector<ReceivedMessage>{});
  }
  // No deadline is ever set this far ahead: the clock was set back.
  while (!deadlines_.empty() && deadlines_.rbegin()->first > now + kReceiveWaitMax) {
    answered.emplace_back(leave(queues, deadlines_.rbegin()->second), std::vector<ReceivedMessage>{});
  }
  for (auto& [answer, result] : answered) answer(std::move(result));
}

std::optional<base::Time> Receivers::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Receivers::serve_queue(Queues& queues, const std::string& queue_arn, base::Time now, log::Journal& journal,
                            Answered& answered) {
  for (;;) {
    const auto line = lines_.find(queue_arn);
    if (line == lines_.end()) return;
    const ReceiverId first = *line->second.begin();
    auto result = queues.receive(queue_arn, receivers_.at(first).parameters, now, journal);
    // A queue with too many messages in flight refuses short polls; waiting receivers keep waiting.
    if (result ? result->empty() : result.error().code == ErrorCode::OverLimit) {
      queues.watch(queue_arn, true);  // again, since it may now be another queue of the same name
      return;
    }
    answered.emplace_back(leave(queues, first), std::move(result));
  }
}

Receivers::Answer Receivers::leave(Queues& queues, ReceiverId id) {
  const auto found = receivers_.find(id);
  Receiver receiver = std::move(found->second);
  receivers_.erase(found);
  deadlines_.erase({receiver.deadline, id});
  const auto line = lines_.find(receiver.queue_arn);
  line->second.erase(id);
  if (line->second.empty()) {
    lines_.erase(line);
    queues.watch(receiver.queue_arn, false);
  }
  return std::move(receiver.answer);
}

}  // namespace athanor::queue
