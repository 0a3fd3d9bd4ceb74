#include "service/sqs/receive_message.h"

#include <memory>
#include <optional>
#include <utility>

#include "api/sqs.h"
#include "engine/contents.h"
#include "queue/receivers.h"
#include "server/handlers.h"

namespace athanor::server {
namespace {

namespace sqs = service::sqs;

// One ReceiveMessage, from the decision to its answer: receive, finish, and receive again if every message was lost.
class LongPoll : public std::enable_shared_from_this<LongPoll> {
 public:
  LongPoll(ExchangePtr exchange, sqs::PreparedReceive prepared)
      : exchange_(std::move(exchange)), prepared_(std::move(prepared)) {}

  void start() {
    exchange_->on_disconnect([self = shared_from_this()] {
      self->exchange_->parts.loop.post([self](engine::Call& call) { self->hang_up(call); });
    });
    exchange_->decide([self = shared_from_this()](engine::Call& call) {
      self->began_ = call.now;
      self->receive(call);
    });
  }

 private:
  // Engine thread.
  void receive(engine::Call& call) {
    if (has_hung_up_) return answer(api::ReceiveMessageResponse{});
    waiting_ = sqs::receive_message(call, prepared_, began_,
                                    [self = shared_from_this()](Result<sqs::ReceivedMessages> received) {
                                      self->waiting_.reset();
                                      self->exchange_->when_durable([self, received = std::move(received)] {
                                        if (!received) return self->exchange_->refuse(received.error());
                                        self->finish(*received);
                                      });
                                    });
  }

  // Engine thread. The client may have closed only its own half of the connection, and may still read.
  void hang_up(engine::Call& call) {
    has_hung_up_ = true;
    if (waiting_ && call.works.receivers.cancel(call.works.queues, *waiting_)) answer(api::ReceiveMessageResponse{});
  }

  // Network thread. Lost messages are discarded, durably, before the client sees those received with them or after
  // them; when too much is waiting for that, the next receive will do it.
  void finish(const sqs::ReceivedMessages& received) {
    const log::Log& log = exchange_->parts.loop.log();
    const auto finished = std::make_shared<const sqs::FinishedReceive>(
        sqs::finish_receive_message(prepared_, received, [&log](log::LogPosition position, std::string_view origin) {
          return engine::read_message(log, position, origin);
        }));
    if (finished->lost.empty()) return answer(finished->response);
    const bool is_posted = exchange_->try_decide([self = shared_from_this(), finished](engine::Call& call) {
      const auto warning = sqs::discard_lost(call, self->prepared_, finished->lost);
      self->exchange_->when_durable([self, warning, finished] {
        if (warning) self->exchange_->parts.report(*warning);
        if (!finished->is_empty()) self->answer(finished->response);
      });
      if (finished->is_empty()) self->receive(call);
    });
    if (!is_posted) answer(finished->response);
  }

  void answer(const Result<api::ReceiveMessageResponse>& response) { exchange_->answer<api::ReceiveMessage>(response); }

  const ExchangePtr exchange_;
  const sqs::PreparedReceive prepared_;
  // Engine thread only.
  base::Time began_{};
  std::optional<queue::ReceiverId> waiting_;
  bool has_hung_up_ = false;
};

void receive_message(const ExchangePtr& exchange, const http::Request& http_request) {
  const auto request = decode<api::ReceiveMessage>(exchange, http_request);
  if (!request) return;
  auto prepared = sqs::prepare_receive_message(exchange->caller, *request);
  if (!prepared) return exchange->refuse(prepared.error());
  std::make_shared<LongPoll>(exchange, *std::move(prepared))->start();
}

}  // namespace

Handler receive_message_handler() { return {&api::ReceiveMessage::info, receive_message}; }

}  // namespace athanor::server
