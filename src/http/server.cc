#include "http/server.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <map>
#include <mutex>
#include <utility>

#include "base/named_thread.h"
#include "http/connection.h"
#include "http/peer.h"

namespace athanor::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

// Not inherited by processes we start: before Linux 5.9 no call closes all open descriptors at once.
void keep_to_us(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

}  // namespace

struct Server::Impl : Connections {
  using Connections::Connections;

  std::uint16_t port = 0;
  std::atomic<std::size_t> next_worker{0};
  // The workers' coroutines use Connections, so they are destroyed before it. Acceptors live in workers, so they are
  // destroyed first.
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors;
  std::mutex extra_mutex;
  std::map<std::uint16_t, std::shared_ptr<tcp::acceptor>> extra;

  Result<std::shared_ptr<tcp::acceptor>> listen(const std::string& address, std::uint16_t on_port);
  asio::awaitable<void> accept(std::shared_ptr<tcp::acceptor> acceptor);
  asio::awaitable<void> tick(Worker& worker);
  bool has_room() const {
    return settings.waiting_bytes() + bodies.coming_bytes < settings.undecided_bytes_max || stopping;
  }
};

Result<std::shared_ptr<tcp::acceptor>> Server::Impl::listen(const std::string& address, std::uint16_t on_port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return invalid_input(fmt::format("'{}' is not a numeric address to listen on.", address));
  auto acceptor = std::make_shared<tcp::acceptor>(workers.front()->io);
  const tcp::endpoint endpoint{parsed, on_port};
  acceptor->open(endpoint.protocol(), error);
  if (!error) keep_to_us(acceptor->native_handle());
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error && parsed.is_v6()) acceptor->set_option(asio::ip::v6_only{true}, error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(4'096, error);
  if (error) {
    return Error{error == asio::error::address_in_use ? ErrorCode::AlreadyExists : ErrorCode::InvalidInput,
                 fmt::format("Cannot listen on {} port {}: {}.", address, on_port, error.message()),
                 {}};
  }
  return acceptor;
}

asio::awaitable<void> Server::Impl::accept(std::shared_ptr<tcp::acceptor> acceptor) {
  const auto here = std::make_shared<std::atomic<std::size_t>>(0);  // connections of this listener
  for (;;) {
    Worker& worker = *workers[next_worker++ % workers.size()];
    auto [error, socket] = co_await acceptor->async_accept(worker.io, kQuiet);
    if (!acceptor->is_open() || stopping) co_return;
    if (error) {
      // Most likely out of descriptors: a short rest instead of a busy loop.
      asio::steady_timer rest{acceptor->get_executor(), std::chrono::milliseconds{100}};
      co_await rest.async_wait(kQuiet);
      continue;
    }
    keep_to_us(socket.native_handle());
    if (count >= settings.connections_max || *here >= settings.listener_connections_max) continue;  // closes it
    if (settings.own_user_only && !is_own_users(socket.native_handle())) continue;
    ++count;
    ++*here;
    const std::shared_ptr<void> place{nullptr, [here](void*) { --*here; }};  // until the connection has ended
    asio::post(worker.io, [this, &worker, place, accepted = std::move(socket)]() mutable {
      serve(std::move(accepted), *this, worker, place);
    });
  }
}

asio::awaitable<void> Server::Impl::tick(Worker& worker) {
  while (!stopping) {
    worker.ticker.expires_after(std::chrono::seconds{1});
    co_await worker.ticker.async_wait(kQuiet);
    worker.second_passed();
  }
}

Server::Server(Settings settings, const base::Clock& clock, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(settings), clock, std::move(handler))) {}

Server::~Server() { stop(std::chrono::milliseconds{0}); }

Result<void> Server::start() {
  for (unsigned i = 0; i < std::max(1U, impl_->settings.threads); ++i)
    impl_->workers.push_back(
        std::make_unique<Worker>([&impl = *impl_] { return impl.has_room(); }, impl_->settings.held_back_max));
  impl_->port = impl_->settings.port;
  for (const std::string& address : impl_->settings.addresses) {
    auto acceptor = impl_->listen(address, impl_->port);
    if (!acceptor) return acceptor.error();
    error_code ignored;
    impl_->port = (*acceptor)->local_endpoint(ignored).port();
    impl_->acceptors.push_back(*acceptor);
  }
  for (const auto& acceptor : impl_->acceptors)
    asio::co_spawn(acceptor->get_executor(), impl_->accept(acceptor), asio::detached);
  for (const auto& worker : impl_->workers) {
    asio::co_spawn(worker->io, impl_->tick(*worker), asio::detached);
    worker->thread = base::named_thread("network", [&io = worker->io] { io.run(); });
  }
  return {};
}

void Server::stop(std::chrono::milliseconds grace) {
  Impl& impl = *impl_;
  if (impl.workers.empty() || impl.stopping.exchange(true)) return;
  asio::post(impl.workers.front()->io, [&impl] {
    error_code ignored;
    for (const auto& acceptor : impl.acceptors) acceptor->close(ignored);
    const std::lock_guard lock{impl.extra_mutex};
    for (const auto& [port, acceptor] : impl.extra) acceptor->close(ignored);
  });
  for (const auto& worker : impl.workers) {
    asio::post(worker->io, [&w = *worker] { w.close_idle(); });
  }
  {
    std::unique_lock lock{impl.drained_mutex};
    impl.drained.wait_for(lock, grace, [&] { return impl.count == 0; });
  }
  for (const auto& worker : impl.workers) {
    worker->guard.reset();
    worker->io.stop();
  }
  for (const auto& worker : impl.workers) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

std::uint16_t Server::port() const { return impl_->port; }

Result<std::uint16_t> Server::add_listener(const std::string& address, std::uint16_t on_port) {
  auto acceptor = impl_->listen(address, on_port);
  if (!acceptor) return acceptor.error();
  error_code ignored;
  const std::uint16_t port = (*acceptor)->local_endpoint(ignored).port();
  const std::lock_guard lock{impl_->extra_mutex};
  impl_->extra[port] = *acceptor;
  asio::co_spawn((*acceptor)->get_executor(), impl_->accept(*acceptor), asio::detached);
  return port;
}

void Server::remove_listener(std::uint16_t port) {
  const std::lock_guard lock{impl_->extra_mutex};
  const auto node = impl_->extra.extract(port);
  if (node.empty()) return;
  asio::post(node.mapped()->get_executor(), [acceptor = node.mapped()] {
    error_code ignored;
    acceptor->close(ignored);
  });
}

}  // namespace athanor::http
