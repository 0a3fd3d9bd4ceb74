// What was measured: rows of named figures, printed as one table and written as JSON.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::bench {

struct Figure {
  std::string name;  // with its unit: "p50 us"
  double value = 0;
};

struct Row {
  std::string suite;
  std::string subject;  // what was measured, and how: "Athanor, 64 connections by 10"
  std::vector<Figure> figures;
};

class Report {
 public:
  // Also prints it, to show the progress of a long run.
  void add(Row row);
  // Something that could not be measured, and why.
  void skip(std::string_view suite, std::string_view what, std::string_view why);
  // What a figure should be, next to what it is.
  void goal(std::string_view suite, std::string_view text, double measured, double wanted, bool is_maximum);

  // A figure from an earlier row; 0 when there is none.
  double find(std::string_view suite, std::string_view subject, std::string_view figure) const;

  std::string goals_table() const;
  // `machine` is included with the figures.
  std::string json(const std::vector<std::pair<std::string, std::string>>& machine) const;

 private:
  struct Goal {
    std::string suite, text;
    double measured, wanted;
    bool is_maximum;
    bool is_met() const { return is_maximum ? measured <= wanted : measured >= wanted; }
  };
  struct Skipped {
    std::string suite, what, why;
  };

  std::vector<Row> rows_;
  std::vector<Goal> goals_;
  std::vector<Skipped> skipped_;
  std::vector<std::string> columns_;  // of the last printed row
};

inline double micros(std::chrono::nanoseconds time) { return double(time.count()) / 1'000; }
inline double millis(std::chrono::nanoseconds time) { return double(time.count()) / 1'000'000; }
inline double seconds(std::chrono::nanoseconds time) { return double(time.count()) / 1'000'000'000; }

// The middle value; for an even number of values, the mean of the middle two. `values` must not be empty.
double median(std::vector<double> values);

}  // namespace athanor::bench
