// A closed loop: every connection sends its next request as soon as the reply to the last one has arrived; or, at a
// rate, as soon as one is due.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/connections.h"
#include "bench/histogram.h"
#include "bench/process.h"
#include "bench/report.h"

namespace athanor::bench {

// A protocol, and what to say in it.
struct Traffic {
  ReplyReader reply;
  Opening opening = {};
  // Prepared requests. Connection i cycles through ring i, modulo their number: one ring serves all if requests do not
  // depend on the connection.
  std::vector<std::vector<std::string>> rings = {};
  std::size_t events_per_request = 1;
  // The text by which a reply says "too much"; such replies are counted separately. Empty: there are none.
  std::string refusal = {};
};

struct LoadSettings {
  std::uint16_t port = 0;
  std::size_t connections = 1;
  std::chrono::milliseconds warm_up{1'000};
  std::chrono::milliseconds measured{3'000};
  // Finite: they are due at that rate whether or not the server keeps up, and times count from when they were due.
  double requests_per_second = std::numeric_limits<double>::infinity();
};

// For accepted requests, except `refused_per_second`.
struct LoadResult {
  double requests_per_second = 0;
  double events_per_second = 0;
  double refused_per_second = 0;  // requests
  double p50_us = 0;
  double p99_us = 0;
  double server_us_per_event = 0;  // CPU time of the server, all threads
  double load_busy = 0;            // share of its core that the load used: near 1, we measure the load
  double others_busy = 0;          // cores that anything else used: far from 0, we measure the neighbours
};

// `server` is asked for its CPU time. Any error reply fails the run.
Result<LoadResult> run_load(const Traffic& traffic, const LoadSettings& settings, const Process& server);

// Sends `events` events, as fast as 64 connections can. Returns the time it took.
Result<std::chrono::nanoseconds> send_events(const Traffic& traffic, std::uint16_t port, std::uint64_t events);

// The median of each figure over the runs. `results` must not be empty.
LoadResult median_of(const std::vector<LoadResult>& results);
// (largest - smallest) / median of the events per second.
double spread_of(const std::vector<LoadResult>& results);

}  // namespace athanor::bench
