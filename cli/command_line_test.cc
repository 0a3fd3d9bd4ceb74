#include "cli/command_line.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "io/posix_file_system.h"
#include "io/test_directory.h"

namespace athanor::cli {
namespace {

using ::testing::HasSubstr;

struct Run {
  Exit exit = Exit::Done;
  std::string out, err;
};

Run run_with(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& variables = {}) {
  std::ostringstream out, err;
  Console console{out, err, false, false};
  const auto environment = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string{name});
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  const Exit exit = run(arguments, console, environment);
  return {exit, out.str(), err.str()};
}

TEST(CommandLine, KnowsHelpAndVersionAsOtherProgramsCallThem) {
  EXPECT_EQ(run_with({"help"}).out, run_with({"--help"}).out);
  EXPECT_EQ(run_with({"help", "log", "verify"}).out, run_with({"log", "verify", "--help"}).out);
  EXPECT_EQ(run_with({"help"}).exit, Exit::Done);
  EXPECT_EQ(run_with({"--version"}).out, run_with({"version"}).out);
}

TEST(CommandLine, RefusesWhatItDoesNotUnderstandAndSaysWhatToDo) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view message;
  };
  for (const Case& c :
       {Case{{"tial"}, "There is no command \"tial\".\nnext: did you mean athanor tail?"},
        Case{{"--region", "eu-west-1", "depoly"}, "did you mean athanor deploy?"},
        Case{{"xyzzy"}, "athanor --help lists the commands"},
        Case{{"log", "verfy", "d"}, "There is no command \"verfy\".\nnext: did you mean athanor log verify?"},
        Case{{"pattern", "xyzzy"}, "next: athanor pattern --help lists the commands"},
        Case{{"--endpoint", "nonsense", "status"},
             "--endpoint: takes a URL without a path, such as http://127.0.0.1:4566, not 'nonsense'"},
        Case{{"status", "--endpoint", "http://h:99999"}, "--endpoint: takes a URL"},
        Case{{"status", "--region", "Mars One"}, "--region: takes a region such as us-east-1, not 'Mars One'"},
        Case{{"--region=", "status"}, "--region needs a value"},
        Case{{"serve", "--data=", "--dev"}, "--data needs a value"},
        Case{{"put", "--bus", "", "--source", "s", "--detail-type", "t", "--detail", "{}"}, "--bus needs a value"},
        Case{{"tail", "--bus", ""}, "--bus needs a value"},
        Case{{"put", "--source", "x"},
             "needs --source, --detail-type and --detail, or --lines\nnext: athanor put --help"},
        Case{{"put", "--detail", "{}", "--lines", "-"}, "excludes"},
        Case{{"deploy"}, "TEMPLATE is required"},
        Case{{"trace"}, "CORRELATION is required"},
        Case{{"replay", "--archive", "a"}, "--from is required"},
        Case{{"tail", "--limit", "0"}, "--limit: takes a number of at least 1, not \"0\"\n"},
        Case{{"tail", "--since", "banana"}, "--since: \"banana\" is not a time."},
        Case{{"replay", "--archive", "a", "--from", "monday"}, "--from: \"monday\" is not a time."},
        Case{{"replay", "--archive", "a", "--from", "2025-01-02", "--to", "2025-01-01"}, "--from must be before --to"},
        Case{{"restore", "b", "d", "--at", "foo"}, "--at: \"foo\" is not a time."},
        Case{{"log", "dump", ".", "--type", "Nothing"}, "--type: there is no record type \"Nothing\""},
        Case{{"log", "dump", ".", "--from", "-1"}, "--from: takes a number of at least 0, not \"-1\"\n"},
        Case{{"dlq", "q", "--limit", "many"}, "--limit: takes a number of at least 1, not \"many\"\n"},
        Case{{"deploy", "--parameter", "Stage", "t.yaml"}, "--parameter: takes NAME=VALUE, not \"Stage\""},
        Case{{"deploy", "t.yaml", "--parameter", "A=1", "--parameter", "A=2"}, "--parameter: gives A twice"},
        Case{{"deploy", "t.yaml", "--code", "=x"}, "--code: takes LOGICALID=PATH, not \"=x\""},
        Case{{"put", "--source", "s", "--detail-type", "t", "--detail", "[1]"}, "--detail: takes a JSON object"},
        Case{{"put", "--source", "s", "--detail-type", "t", "--detail", "{}", "--time", "noon"},
             "\"noon\" is not a time."},
        Case{{"serve", "--data", "d", "--port", "70000"}, "--port: takes a number from 0 to 65535, not \"70000\""},
        Case{{"serve", "--data", "d", "--port", "abc"}, "--port: takes a number from 0 to 65535, not \"abc\""},
        Case{{"log"}, "A subcommand is required"},
        Case{{"log", "verify"}, "DIR is required\nnext: athanor log verify --help shows the usage"},
        Case{{"restore", "/nowhere"}, "DIR is required"},
        Case{{"backup", "--data", "d"}, "--to is required"},
        Case{{"backup", "verify"}, "DIR is required\nnext: athanor backup verify --help shows the usage"},
        Case{{"backup", "--data", "d", "verify", "b"}, "verify excludes --data"},
        Case{{"stacks", "--delete"}, "--delete requires STACK"},
        Case{{"version", "--bogus"}, "--bogus"}}) {
    const auto result = run_with(c.arguments);
    EXPECT_EQ(result.exit, Exit::Usage) << result.err;
    EXPECT_THAT(result.err, HasSubstr(c.message));
    EXPECT_EQ(result.out, "");
  }
}

TEST(CommandLine, RefusesWhatCannotBeDone) {
  for (const auto& arguments : {std::vector<std::string>{"deploy", "/nowhere/template.yaml"},
                                {"deploy", "--parameter", "Stage=a=b", "/nowhere/template.yaml"},
                                {"put", "--source", "s", "--detail-type", "t", "--detail", "@/nowhere"},
                                {"serve", "--data", "d"},
                                {"dlq", "arn:aws:sns:us-east-1:123456789012:q"},
                                {"dlq", "arn:aws:sqs:eu-west-1:123456789012:q", "--redrive"},
                                {"log", "verify", "/nowhere"},
                                {"log", "repair", "/nowhere", "--yes"},
                                {"backup", "verify", "/nowhere"},
                                {"restore", "/nowhere", "/nowhere-either"}}) {
    const auto result = run_with(arguments);
    EXPECT_EQ(result.exit, Exit::Refused) << result.err;
    EXPECT_THAT(result.err, HasSubstr("error: "));
  }
}

TEST(CommandLine, SaysWhoHoldsAFile) {
  const io::TestDirectory home;
  io::PosixFileSystem files;
  const auto held = files.lock(home.path() + "/lock");
  const auto result = run_with({"log", "verify", home.path()});
  EXPECT_EQ(result.exit, Exit::Refused);
  EXPECT_THAT(result.err, HasSubstr("is in use by another server"));
  EXPECT_THAT(result.err, HasSubstr(fmt::format("({}/lock is held by process {}.)", home.path(), ::getpid())));
}

TEST(CommandLine, OneBackupRunAtATime) {
  const io::TestDirectory home;
  io::PosixFileSystem files;
  const std::string data = home.path() + "/data", backup = home.path() + "/backup";
  for (const std::string& directory : {data, backup}) ASSERT_TRUE(files.create_directories(directory));
  ASSERT_TRUE(files.open(data + "/commit", io::OpenMode::Create));
  const auto held = files.lock(backup + "/lock");
  const auto result = run_with({"backup", "--data", data, "--to", backup});
  EXPECT_EQ(result.exit, Exit::Refused);
  EXPECT_EQ(result.err, fmt::format("error: Another run of athanor backup into {0} is under way. ({0}/lock is held by "
                                    "process {1}.)\n",
                                    backup, ::getpid()));
}

TEST(CommandLine, HelpOfEveryCommandHasUsageExamplesAndTheCommonOptions) {
  EXPECT_EQ(run_with({}).exit, Exit::Usage);
  EXPECT_EQ(run_with({"--region", "eu-west-1"}).exit, Exit::Usage);
  EXPECT_THAT(run_with({"--help"}).out, HasSubstr("Exit codes: 0 success"));
  EXPECT_THAT(run_with({"--help"}).out, HasSubstr("65 files are damaged. serve exits with 74"));
  for (const std::string command : {"serve", "deploy", "stacks", "put", "tail", "pattern", "trace", "replay", "dlq",
                                    "log", "backup", "restore", "status", "env", "version"}) {
    const auto result = run_with({command, "--help"});
    EXPECT_EQ(result.exit, Exit::Done);
    EXPECT_THAT(result.out, HasSubstr("athanor " + command)) << command;
    EXPECT_THAT(result.out, HasSubstr("Example")) << command;
    EXPECT_THAT(result.out, HasSubstr("Global options: --endpoint URL")) << command;
  }
}

TEST(CommandLine, EnvQuotesForTheShell) {
  const auto result = run_with({"env", "--endpoint", "http://it's"}, {{"AWS_DEFAULT_REGION", "eu-west-1"}});
  EXPECT_EQ(result.exit, Exit::Done);
  EXPECT_THAT(result.out, HasSubstr("export AWS_ENDPOINT_URL='http://it'\\''s'\n"));
  EXPECT_THAT(result.out, HasSubstr("export AWS_DEFAULT_REGION='eu-west-1'\n"));
  EXPECT_THAT(run_with({"env"}, {{"AWS_ENDPOINT_URL", "http://bus:1"}}).out, HasSubstr("'http://bus:1'"));
  EXPECT_THAT(run_with({"env"}).out, HasSubstr("'http://127.0.0.1:4566'"));
}

// Version 1 of the AWS CLI would send a script's SQS calls to AWS if only the calling shell knew the endpoint.
TEST(CommandLine, EnvGivesItsFunctionToTheScriptsOfBash) {
  EXPECT_THAT(run_with({"env"}).out, HasSubstr("if [ -n \"${BASH_VERSION:-}\" ]; then export -f aws; fi\n"));
}

TEST(CommandLine, EnvSetsKeysOnlyWhereThereAreNone) {
  const std::string path = testing::TempDir() + "keys_of_a_profile";
  std::ofstream{path} << "[default]\naws_access_key_id = AKID\naws_secret_access_key = secret\n";
  EXPECT_THAT(run_with({"env"}).out, HasSubstr("AWS_ACCESS_KEY_ID=\"${AWS_ACCESS_KEY_ID:-test}\""));
  EXPECT_THAT(run_with({"env"}, {{"AWS_SHARED_CREDENTIALS_FILE", path}}).out, Not(HasSubstr("AWS_ACCESS_KEY_ID")));
  EXPECT_THAT(run_with({"env"}, {{"AWS_PROFILE", "paper"}}).out, Not(HasSubstr("AWS_ACCESS_KEY_ID")));
  EXPECT_THAT(run_with({"env", "--json"}).out, HasSubstr("\"AWS_ACCESS_KEY_ID\": \"test\""));
}

TEST(CommandLine, EnvSetsTheRegionThatEveryOtherCommandTakes) {
  const std::string path = testing::TempDir() + "region_of_a_profile";
  std::ofstream{path} << "[default]\nregion = eu-west-1\n";
  const auto region = [&](std::vector<std::string> arguments, std::map<std::string, std::string> variables) {
    variables.emplace("AWS_CONFIG_FILE", path);
    return run_with(arguments, variables).out;
  };
  EXPECT_THAT(region({"env"}, {}), HasSubstr("AWS_DEFAULT_REGION='eu-west-1'"));
  EXPECT_THAT(region({"env", "--json"}, {}), HasSubstr("\"AWS_DEFAULT_REGION\": \"eu-west-1\""));
  EXPECT_THAT(region({"env"}, {{"AWS_REGION", "eu-north-1"}}), HasSubstr("AWS_DEFAULT_REGION='eu-north-1'"));
  EXPECT_THAT(region({"env", "--region", "us-west-2"}, {}), HasSubstr("AWS_DEFAULT_REGION='us-west-2'"));
  EXPECT_THAT(region({"env", "--region", "us-west-2"}, {{"AWS_REGION", "eu-north-1"}}),
              HasSubstr("export AWS_REGION='us-west-2'"));
  EXPECT_THAT(region({"env"}, {{"AWS_CONFIG_FILE", "/nowhere"}}), HasSubstr("AWS_DEFAULT_REGION='us-east-1'"));
  EXPECT_THAT(region({"env"}, {{"AWS_PROFILE", "paper"}}), Not(HasSubstr("_REGION")));
}

}  // namespace
}  // namespace athanor::cli
