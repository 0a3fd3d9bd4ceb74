#include "http/admission.h"

#include <gtest/gtest.h>

#include <string>

namespace athanor::http {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  void hold_back(char name) {
    admission_.hold_back([this, name] {
      admitted_ += name;
      --room_;
    });
  }
  void look() { admission_.look(); }

  int room_ = 0;
  std::string admitted_;
  Admission admission_{[this] { return room_ > 0; }, std::chrono::seconds{2}};
  Bodies bodies_{.bytes_max = 1'000'000, .light_bytes = 1'000};
  BodyRoom body_{bodies_};
};

TEST_F(AdmissionTest, AdmitsAsManyAsThereIsRoomForInTheOrderInWhichTheyCame) {
  for (const char name : {'c', 'a', 'b'}) hold_back(name);
  look();
  EXPECT_EQ(admitted_, "");
  room_ = 2;
  look();
  EXPECT_EQ(admitted_, "ca");
  EXPECT_TRUE(admission_.is_full()) << "nobody passes the one that waits";
  room_ = 2;
  EXPECT_TRUE(admission_.is_full());
  look();
  EXPECT_EQ(admitted_, "cab");
  EXPECT_FALSE(admission_.is_full());
  EXPECT_FALSE(admission_.must_look());
}

TEST_F(AdmissionTest, AdmitsWhoHasWaitedForLong) {
  hold_back('a');
  admission_.second_passed();
  hold_back('b');
  admission_.second_passed();
  look();
  EXPECT_EQ(admitted_, "");
  admission_.second_passed();
  look();
  EXPECT_EQ(admitted_, "a");
}

TEST_F(AdmissionTest, GivesUpABodyThatDoesNotComeButNotOneThatIsNotRead) {
  std::size_t unread = 1;
  ASSERT_TRUE(body_.reserve(60'000));
  const Admission::Coming coming{admission_, body_, [&] { return unread; }};
  for (int i = 0; i < 50; ++i) look();
  EXPECT_EQ(bodies_.coming_bytes, 60'000U);
  EXPECT_TRUE(admission_.must_look());
  unread = 0;
  look();
  EXPECT_EQ(bodies_.coming_bytes, 0U);
  EXPECT_FALSE(admission_.must_look());
}

TEST_F(AdmissionTest, LooksForABodyUntilItIsThere) {
  {
    const Admission::Coming coming{admission_, body_, [] { return 0; }};
    EXPECT_TRUE(admission_.must_look());
  }
  EXPECT_FALSE(admission_.must_look());
}

}  // namespace
}  // namespace athanor::http
