// The commands of the program, one file each. `add_x` declares the command's options and what it runs.
#pragma once

namespace CLI {
class App;
}

namespace athanor::cli {

class Session;

void add_serve(CLI::App& program, Session& session);    // serve.cc
void add_deploy(CLI::App& program, Session& session);   // deploy.cc
void add_stacks(CLI::App& program, Session& session);   // stacks.cc
void add_put(CLI::App& program, Session& session);      // put.cc
void add_tail(CLI::App& program, Session& session);     // tail.cc
void add_pattern(CLI::App& program, Session& session);  // pattern.cc
void add_trace(CLI::App& program, Session& session);    // trace.cc
void add_replay(CLI::App& program, Session& session);   // replay.cc
void add_dlq(CLI::App& program, Session& session);      // dlq.cc
void add_log(CLI::App& program, Session& session);      // log.cc
void add_backup(CLI::App& program, Session& session);   // backup.cc
void add_restore(CLI::App& program, Session& session);  // backup.cc
void add_status(CLI::App& program, Session& session);   // status.cc
void add_env(CLI::App& program, Session& session);      // env.cc
void add_version(CLI::App& program, Session& session);  // version.cc

}  // namespace athanor::cli
