// One connection, from its first byte to its last, and the network thread it lives on.
//
// For server.cc only, since it includes Boost.Asio.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "http/admission.h"
#include "http/body_room.h"
#include "http/head.h"
#include "http/server.h"

namespace athanor::http {

struct Connection;

// One network thread: its loop, its connections, and a one-second tick that ends whatever takes too long.
struct Worker {
  Worker(std::function<bool()> has_room, std::chrono::seconds held_back_max)
      : admission(std::move(has_room), held_back_max) {}
  ~Worker();

  void second_passed();
  void close_idle();
  // Looks for room, and keeps looking while any request waits for it.
  void look_again();

  std::unordered_set<Connection*> connections;  // before `io`, whose destructor destroys the connections' coroutines
  std::deque<Connection*> unread;               // those whose answer waits for its client, newest first
  std::uint64_t unread_bytes = 0;               // of these answers
  std::vector<std::weak_ptr<Responder::Pending>> watched;  // those whose clients sent on after their request
  Admission admission;
  bool is_looking = false;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
  boost::asio::steady_timer ticker{io};
  boost::asio::steady_timer room_timer{io};
  std::uint64_t tick = 0;
  DateOfSecond date;
  std::thread thread;
};

inline constexpr std::uint64_t kUnreadBytesMin = 64 * 1'048'576;  // per network thread: several of the largest answers

// What all connections of a server share.
struct Connections {
  Connections(Server::Settings the_settings, const base::Clock& the_clock, Server::Handler the_handler)
      : settings(std::move(the_settings)), clock(the_clock), handler(std::move(the_handler)) {}

  const Server::Settings settings;
  const base::Clock& clock;
  const Server::Handler handler;
  std::atomic<std::size_t> count{0};
  Bodies bodies{settings.bodies_bytes_max, settings.light_body_bytes};
  const std::uint64_t unread_bytes_max = std::max(settings.answers_bytes_max / settings.threads,
                                                  std::min(settings.answers_bytes_max, kUnreadBytesMin));  // per worker
  std::atomic<bool> stopping{false};
  std::mutex drained_mutex;
  std::condition_variable drained;  // when the count is 0
};

// Serves the requests on `socket`, which is already in `count`, until it closes, and holds `place` until then. Called
// on the worker's thread.
void serve(boost::asio::ip::tcp::socket socket, Connections& all, Worker& worker, std::shared_ptr<void> place);

}  // namespace athanor::http
