#!/usr/bin/env python3
"""Each rule of tidy is seen to fail on a small tree of its own, and to be content with the same tree put right."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).with_name("tidy")
SHORT_README = "# base\n"


class TidyTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="tidy-")
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)

    def put(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def tidy(self, rule):
        """(exit code, the findings, the last line)."""
        result = subprocess.run([sys.executable, str(TIDY), "--root", str(self.root), rule], capture_output=True,
                                text=True, check=False)
        lines = result.stdout.splitlines()
        self.assertEqual("", result.stderr)
        return result.returncode, [line for line in lines[:-1] if not line.endswith("ok " + rule)], lines[-1]

    def assert_finds(self, rule, *beginnings):
        code, findings, last = self.tidy(rule)
        self.assertEqual((1, "0 passed, 1 failed"), (code, last))
        self.assertEqual(len(beginnings), len(findings), findings)
        for beginning, finding in zip(beginnings, findings):
            self.assertTrue(finding.startswith(beginning), f"{finding!r} does not begin with {beginning!r}")
        return findings

    def assert_content(self, rule):
        self.assertEqual((0, [], "1 passed, 0 failed"), self.tidy(rule))

    # Layers.

    def test_an_include_that_points_up_is_found(self):
        self.put("src/base/README.md", SHORT_README)
        self.put("src/base/clock.h", '#pragma once\n\n#include "format/json.h"\n#include "base/error.h"\n')
        findings = self.assert_finds("layers", 'src/base/clock.h:3: #include "format/json.h" is not in the layer table')
        self.assertIn("base may include: base", findings[0])
        self.put("src/base/clock.h", '#include "base/error.h"\n#include <vector>\n')
        self.assert_content("layers")

    def test_a_face_does_not_include_protocols(self):
        self.put("src/service/events/README.md", SHORT_README)
        self.put("src/service/events/rules.cc", '#include "api/events.h"\n#include "wire/call.h"\n')
        findings = self.assert_finds("layers", 'src/service/events/rules.cc:2: #include "wire/call.h"')
        self.assertIn("service/events may include:", findings[0])

    def test_an_alchemiser_that_reaches_into_the_server_is_found(self):
        self.put("alchemiser/README.md", SHORT_README)
        self.put("alchemiser/steps/plan.cc", '#include "alchemiser/market/prices.h"\n#include "bus/event.h"\n')
        self.assert_finds("layers", 'alchemiser/steps/plan.cc:2: #include "bus/event.h"')

    def test_tests_follow_the_same_table(self):
        self.put("src/log/README.md", SHORT_README)
        self.put("src/log/log_test.cc", '#include "engine/loop.h"\n')
        self.assert_finds("layers", "src/log/log_test.cc:1:")

    def test_a_folder_without_a_row_or_a_readme_is_found(self):
        self.put("src/surprise/box.cc", "int x;\n")
        self.put("src/base/clock.cc", "int x;\n")
        self.assert_finds("layers", "src/surprise: this folder has no row", "src/base: no README.md")

    # Rows that the code does not need.

    def test_an_arrow_that_no_file_uses_is_found(self):
        self.put("src/schedule/schedules.cc", '#include "base/clock.h"\n#include "schedule/schedules.h"\n')
        self.put("src/schedule/schedules_test.cc", '#include "log/codec.h"\n')
        self.assert_finds("arrows", "tests/tidy/layers.txt: schedule may include bus, and no file does")
        self.put("src/schedule/schedules.h", '#include "bus/event.h"\n')
        self.assert_content("arrows")

    # What CMake links.

    def test_a_row_beyond_the_links_is_found(self):
        self.put("CMakeLists.txt", "athanor_library(base src/base USES fmt::fmt)\nathanor_library(format src/format)\n")
        self.assert_finds("uses", "CMakeLists.txt:2: tests/tidy/layers.txt lets format include base")
        self.put("CMakeLists.txt",
                 "athanor_library(base src/base USES fmt::fmt)\nathanor_library(format src/format USES base)\n"
                 "athanor_library(api src/api USES format)\n")
        self.assert_content("uses")

    def test_a_library_without_a_row_is_found(self):
        self.put("CMakeLists.txt", "athanor_library(surprise src/surprise)\n")
        self.assert_finds("uses", "CMakeLists.txt:1: library surprise (surprise) has no row")

    # Libraries.

    def test_a_library_outside_its_folder_is_found(self):
        headers = ("boost/asio.hpp", "boost/json.hpp", "openssl/ssl.h", "openssl/evp.h", "yaml-cpp/yaml.h", "archive.h",
                   "archive_entry.h", "CLI/CLI.hpp", "gtest/gtest.h", "gmock/gmock.h", "benchmark/benchmark.h")
        self.put("src/bus/book.cc", "".join(f"#include <{header}>\n" for header in headers) + "#include <map>\n")
        self.assert_finds("libraries", *(f"src/bus/book.cc:{line}: #include <{header}> lives in: "
                                         for line, header in enumerate(headers, 1)))

    def test_libraries_at_home_are_right(self):
        self.put("src/http/server.cc", "#include <boost/asio.hpp>\n#include <openssl/ssl.h>\n")
        self.put("src/auth/digest.cc", "#include <openssl/evp.h>\n")
        self.put("src/runtime/code.cc", "#include <archive.h>\n")
        self.put("src/bus/book_test.cc", "#include <gtest/gtest.h>\n")
        self.assert_content("libraries")

    # The machine.

    def test_clock_chance_pauses_and_environment_are_found(self):
        rows = ("auto a = std::chrono::system_clock::now();", "auto b = std::chrono::steady_clock::now();",
                "auto c = ::time(nullptr);", "auto d = std::time(&x);", "std::random_device e;", "int f = rand();",
                "std::this_thread::sleep_for(1s);", "usleep(5);", 'auto g = std::getenv("HOME");',
                "clock_gettime(CLOCK_REALTIME, &spec);", "getrandom(&seed, 8, 0);")
        whats = ("clock", "clock", "clock", "clock", "chance", "chance", "pause", "pause", "environment", "clock", "chance")
        self.put("src/queue/queues.cc", "\n".join(rows) + "\n")
        _, findings, _ = self.tidy("machine")
        places = {(int(finding.split(":")[1]), finding.split(" takes ")[1].split()[0]) for finding in findings}
        self.assertEqual(set(zip(range(1, len(rows) + 1), whats)), places)

    def test_words_and_parameters_are_not_mistaken_for_the_machine(self):
        self.put("src/queue/queues.cc", "// system_clock::now() is io's.\nauto a = clock.now();  /* rand() */\n"
                                        'auto b = "getenv(";\nsurroundings.sleep(wait);\nauto c = event_time(x);\n'
                                        "auto d = 1'000'000;\nauto e = R\"(rand())\";\noperand(3);\n")
        self.assert_content("machine")

    def test_a_comment_does_not_hide_what_follows(self):
        self.put("src/queue/queues.cc", "// it's\nchar c = '\"';\nint a = 1'000;\nauto b = rand();\n")
        self.assert_finds("machine", "src/queue/queues.cc:4: rand( takes chance from the machine")

    def test_io_may_ask_the_machine(self):
        self.put("src/io/system_clock.cc", "auto now = std::chrono::system_clock::now();\nstd::random_device device;\n")
        self.assert_content("machine")

    # Texts.

    def test_a_readme_without_a_title_or_past_twenty_lines_is_found(self):
        self.put("src/base/README.md", "# base\n" + "line\n" * 20)
        self.put("src/bus/README.md", "#bus\n" + "line\n" * 19)
        self.put("README.md", "# line\n" * 200)
        self.put("docs/compatibility/README.md", "# line\n" * 200)
        self.assert_finds("readmes", "src/base/README.md:21: 21 lines", "src/bus/README.md:1: no title")
        self.put("src/base/README.md", "# base\n" + "line\n" * 19)
        self.put("src/bus/README.md", "# bus\n" + "line\n" * 19)
        self.assert_content("readmes")

    def test_a_title_filled_up_with_dashes_is_found(self):
        self.put("src/base/text.cc", "// Reading " + "-" * 20 + "\n// " + "-" * 20 + "\n// --- Writing\n// a --> b\n")
        self.assert_finds("titles", "src/base/text.cc:1:", "src/base/text.cc:2:")
        self.put("src/base/text.cc", "// --- Reading\n")
        self.assert_content("titles")

    def test_a_long_file_that_does_not_say_why_is_found(self):
        for file, comment in (("src/bus/a.cc", "// Rows."), ("tests/b.py", '"""Rows."""'), ("scripts/c.sh", "# Rows.")):
            self.put(file, comment + "\n" * 601)
        self.put("src/bus/d.cc", "int x;\n// Long: one table.\n" + "\n" * 600)
        self.put("src/bus/e.cc", "\n" * 600)
        self.assert_finds("lengths", "scripts/c.sh:1:", "src/bus/a.cc:1:", "src/bus/d.cc:1:", "tests/b.py:1:")
        self.put("scripts/c.sh", "#!/bin/sh\n# Rows. Long because the table is one.\n" + "\n" * 601)
        self.put("tests/b.py", '#!/usr/bin/env python3\n"""Rows.\n\nLong: one table."""\n' + "\n" * 601)
        self.put("src/bus/a.cc", "// Rows.\n// Long: one table.\n" + "\n" * 601)
        (self.root / "src/bus/d.cc").unlink()
        self.assert_content("lengths")

    def test_links_that_lead_nowhere_are_found(self):
        self.put("docs/a.md", "# First heading!\n\n[gone](b.md)\n[there](../README.md)\n[anchor](#first-heading)\n"
                              "[no anchor](#second)\n[web](https://example.com/x)\n[up](../../x.md)\n"
                              "[wrong](../README.md#nowhere)\n\n[named]: gone.md\n```\n[code](gone.md)\n```\n`a](b)`\n")
        self.put("README.md", "# Athanor\n\n[a](docs/a.md)\n")
        self.assert_finds("links", "docs/a.md:3: the link b.md leads nowhere", "docs/a.md:6: docs/a.md has no heading",
                          "docs/a.md:8:", "docs/a.md:9: README.md has no heading #nowhere", "docs/a.md:11:")
        self.put("docs/a.md", "[there](../README.md#athanor) and [a folder](../docs)\n")
        self.assert_content("links")

    def test_a_page_that_no_other_links_to_is_found(self):
        self.put("docs/a.md", "# A\n\n[itself](a.md)\n")
        self.put("docs/formats/README.md", "# Formats\n")
        self.put("README.md", "[formats](docs/formats)\n")
        self.assert_finds("links", "docs/a.md:1: no other page links to this one")
        self.put("docs/formats/README.md", "[a](../a.md)\n")
        self.assert_content("links")

    def test_a_source_that_the_formatter_would_change_is_found(self):
        self.put(".clang-format", "BasedOnStyle: Google\n")
        self.put("src/base/a.cc", "int  a;\n")
        self.assert_finds("formatting", "src/base/a.cc:1: not as clang-format-19 has it")
        self.put("src/base/a.cc", "int a;\n")
        self.assert_content("formatting")

    # The program.

    def test_all_rules_together_count_rules(self):
        self.put("src/base/README.md", "# base\n" + "line\n" * 20)
        result = subprocess.run([sys.executable, str(TIDY), "--root", str(self.root)], capture_output=True, text=True,
                                check=False)
        self.assertEqual((1, "9 passed, 1 failed"), (result.returncode, result.stdout.splitlines()[-1]))

    def test_files_that_git_ignores_are_not_read(self):
        self.put(".gitignore", "/build/\n")
        self.put("build/README.md", "# base\n" + "line\n" * 20)
        self.assert_content("readmes")


if __name__ == "__main__":
    unittest.main()
