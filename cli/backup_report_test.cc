#include "cli/backup_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace athanor::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string printed(const VerifiedBackup& verified) {
  std::ostringstream out, err;
  Console console{out, err, false, false};
  print(verified, console);
  return out.str();
}

TEST(BackupReport, ShowsTheNewestMomentsAndSaysWhereTheOthersAre) {
  VerifiedBackup verified{.manifest = storage::BackupManifest{}, .check = {}, .others = {}};
  const auto hour = [](int number) { return base::Time{std::chrono::hours{number}}; };
  for (int i = 0; i < 10; ++i) verified.check.moments.push_back({hour(2 * i), hour(2 * i + 1)});
  EXPECT_THAT(printed(verified), HasSubstr("taken 1970-01-01T00:00:00.000Z\n"
                                           "can be restored as of any moment from 1970-01-01T00:00:00.000Z to "));
  verified.check.moments.push_back({hour(20), hour(21)});
  EXPECT_THAT(printed(verified), Not(HasSubstr("from 1970-01-01T00:00:00.000Z")));
  EXPECT_THAT(printed(verified), HasSubstr("1 earlier range of moments: --json lists all\n"
                                           "can be restored as of any moment from 1970-01-01T02:00:00.000Z to "
                                           "1970-01-01T03:00:00.000Z\n"));
  EXPECT_THAT(printed(verified), HasSubstr("from 1970-01-01T20:00:00.000Z to 1970-01-01T21:00:00.000Z\n"));
  verified.check.moments.push_back({hour(22), hour(23)});
  EXPECT_THAT(printed(verified), HasSubstr("2 earlier ranges of moments"));
}

}  // namespace
}  // namespace athanor::cli
