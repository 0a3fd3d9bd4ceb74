#include "server/descriptors.h"

#include <gtest/gtest.h>

namespace athanor::server {
namespace {

TEST(Descriptors, AreSharedSoThatFilesFindTheirs) {
  struct Case {
    std::uint64_t descriptors_max;
    std::size_t functions_wanted;
    std::size_t connections_max, functions_max, log_files_max, function_logs_max;
  };
  for (const Case& c : {
           Case{1'048'576, 16, 20'000, 16, 64, 32},
           Case{23'000, 16, 20'000, 16, 64, 32},
           Case{20'000, 16, 18'000, 16, 64, 32},  // a tenth is kept
           Case{1'024, 16, 764, 16, 64, 32},      // what files, a thread and 16 functions may need is kept
           Case{256, 16, 64, 7, 32, 16},          // connections still get a quarter
           Case{64, 16, 16, 1, 8, 4},
           Case{64, 1, 16, 1, 8, 4},
           Case{1'024, 1'000, 256, 79, 64, 32},
           Case{16, 16, 4, 1, 2, 1},
       }) {
    const DescriptorShares wanted{
        .connections_max = 20'000, .functions_max = c.functions_wanted, .log_files_max = 64, .function_logs_max = 32};
    const auto shares = share_descriptors(c.descriptors_max, wanted, 1);
    EXPECT_EQ(shares.connections_max, c.connections_max) << c.descriptors_max;
    EXPECT_EQ(shares.functions_max, c.functions_max) << c.descriptors_max;
    EXPECT_EQ(shares.log_files_max, c.log_files_max) << c.descriptors_max;
    EXPECT_EQ(shares.function_logs_max, c.function_logs_max) << c.descriptors_max;
  }
}

}  // namespace
}  // namespace athanor::server
