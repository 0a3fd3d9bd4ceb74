#include "cli/files.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "cli/credentials_file.h"

namespace athanor::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

struct Unpacked {
  std::string bytes;
  bool executable = false;
  friend bool operator==(const Unpacked&, const Unpacked&) = default;
};

std::map<std::string, Unpacked> unzip(const std::string& zip) {
  std::map<std::string, Unpacked> files;
  archive* reader = archive_read_new();
  archive_read_support_format_zip(reader);
  EXPECT_EQ(archive_read_open_memory(reader, zip.data(), zip.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    Unpacked& file = files[archive_entry_pathname(entry)];
    file.executable = (archive_entry_perm(entry) & 0100) != 0;
    char buffer[4096];
    for (la_ssize_t size; (size = archive_read_data(reader, buffer, sizeof buffer)) > 0;) {
      file.bytes.append(buffer, static_cast<std::size_t>(size));
    }
  }
  archive_read_free(reader);
  return files;
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path{::testing::TempDir()} / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_ / "code" / "lib");
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string write(const std::string& name, const std::string& content, bool executable = false) {
    const auto path = root_ / name;
    std::ofstream{path, std::ios::binary} << content;
    if (executable) fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }
  fs::path root_;
};

TEST_F(Files, RefusesCodeThatIsNone) {
  EXPECT_THAT(zip_path((root_ / "nowhere").string()).error().message,
              HasSubstr("nowhere cannot be read: No such file"));
  EXPECT_THAT(zip_path((root_ / "code").string()).error().message, HasSubstr("is empty: there is no code to deploy"));
  write("code/bootstrap", "x");
  fs::create_directory_symlink(root_, root_ / "code" / "up");
  EXPECT_THAT(zip_path((root_ / "code").string()).error().message, HasSubstr("a link to a directory"));
  EXPECT_THAT(read_file(root_.string()).error().message, HasSubstr("it is a directory"));
}

TEST_F(Files, ZipsADirectoryWithItsExecutableBits) {
  write("code/bootstrap", std::string(100'000, 'b'), true);
  write("code/lib/settings.json", "{}");
  const auto zip = zip_path((root_ / "code").string());
  ASSERT_TRUE(zip.has_value()) << zip.error().message;
  EXPECT_LT(zip->size(), 2'000u);
  EXPECT_THAT(unzip(*zip), ElementsAre(Pair("bootstrap", Unpacked{std::string(100'000, 'b'), true}),
                                       Pair("lib/settings.json", Unpacked{"{}", false})));
}

TEST_F(Files, SameCodeGivesTheSameZip) {
  write("code/a", "1");
  write("code/b", "2");
  const auto first = zip_path((root_ / "code").string());
  fs::remove(root_ / "code" / "a");
  write("code/a", "1");
  fs::last_write_time(root_ / "code" / "b", fs::file_time_type::clock::now() - std::chrono::hours{50});
  EXPECT_EQ(*first, *zip_path((root_ / "code").string()));
}

TEST_F(Files, TakesAZipAsItIsAndAnExecutableAlone) {
  EXPECT_EQ(*zip_path(write("code.zip", "PK")), "PK");
  EXPECT_THAT(unzip(*zip_path(write("billing", "elf", true))), ElementsAre(Pair("bootstrap", Unpacked{"elf", true})));
}

TEST_F(Files, ReadsArgumentsFromFiles) {
  EXPECT_EQ(*read_argument("{}"), "{}");
  EXPECT_EQ(*read_argument("@" + write("detail.json", "{\"a\":1}")), "{\"a\":1}");
  const std::string none = (root_ / "none").string();
  const auto missing = read_argument("@" + none);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message, none + " cannot be read: No such file or directory.");
}

TEST(CredentialsFile, ReadsLinesAndProfiles) {
  const std::pair<std::string_view, std::string_view> refused[] = {
      {"", "it contains no access key"},
      {"# nothing\n", "it contains no access key"},
      {"AKID\n", "line 1: expected ACCESS_KEY_ID SECRET_ACCESS_KEY"},
      {"AKID secret # ours\n", "line 1: expected ACCESS_KEY_ID SECRET_ACCESS_KEY"},
      {"region = us-east-1\n", "line 1: expected ACCESS_KEY_ID SECRET_ACCESS_KEY"},
      {"aws_secret_access_key = x\n",
       "the profile that ends at line 2 has aws_secret_access_key but no aws_access_key_id"},
      {"[a]\naws_access_key_id = A\n[b]\naws_access_key_id = B\naws_secret_access_key = b\n",
       "the profile that ends at line 2 has aws_access_key_id but no aws_secret_access_key"},
      {"[a]\naws_access_key_id = A\naws_secret_access_key = a\nB b\n", "line 4: expected a setting, NAME = VALUE"},
  };
  for (const auto& [text, message] : refused) {
    const auto parsed = parse_credentials(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().message, message) << text;
  }
  EXPECT_THAT(*parse_credentials("# ours\nAKID  se/cr+et=\n\nB b\n"),
              ElementsAre(Pair("AKID", "se/cr+et="), Pair("B", "b")));
  EXPECT_THAT(*parse_credentials("\xEF\xBB\xBF"
                                 "AKID s\r\n"),
              ElementsAre(Pair("AKID", "s")));
  EXPECT_THAT(*parse_credentials("[default]\naws_access_key_id = A\naws_secret_access_key=s=\naws_session_token = t\n"),
              ElementsAre(Pair("A", "s=")));
  // Other settings that may be there grant no access.
  EXPECT_THAT(*parse_credentials("[default]\naws_secret_access_key = a\nregion = us-east-1\naws_access_key_id = A\n"
                                 "x_security_token_expires = 2026-11-29T18:00:00Z\n[role]\nrole_arn = r\n"),
              ElementsAre(Pair("A", "a")));
}

}  // namespace
}  // namespace athanor::cli
