// From an HTTP request to its handler: who is asking, in which protocol, for what. Also Athanor's own pages.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "auth/credentials.h"
#include "base/random.h"
#include "http/server.h"
#include "observe/counters.h"
#include "server/handler.h"

namespace athanor::server {

class Router {
 public:
  Router(Parts& parts, const auth::CredentialStore& credentials, observe::Counters& counters, std::uint64_t seed);

  // On a network thread; never blocks.
  void serve(http::Request request, http::Responder respond);
  // Of the requests waiting for the engine.
  std::uint64_t waiting_bytes() const { return parts_.loop.waiting_bytes(); }

 private:
  struct Arrived {
    http::Request request;
    wire::Recognised recognised;
    const Handler* handler;  // nullptr: the operation is not served
    std::string request_id;
    http::Responder respond;
  };

  // Identifies the caller and calls the handler. On the reader's thread where the body is large.
  void admit(Arrived arrived);
  void refuse(Arrived& arrived, const Error& error);
  bool serve_own_page(const http::Request& request, http::Responder& respond);
  void serve_reset(const http::Request& request, http::Responder respond);
  std::string next_request_id();
  observe::Counter& requests_of(const Handler& handler);

  Parts& parts_;
  const auth::CredentialStore& credentials_;
  observe::Counters& counters_;
  std::mutex mutex_;  // guards what follows
  base::Random random_;
  std::unordered_map<const Handler*, observe::Counter*> requests_;  // counted, by operation
};

}  // namespace athanor::server
