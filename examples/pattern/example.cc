// Which rules match an order, and why one does not match another.
#include <athanor_pattern.h>

#include <iostream>

int main() {
  athanor_pattern::Rules rules;
  if (const auto wrong = rules.put(1, R"({"source": ["shop"], "detail": {"side": ["BUY"]}})"))
    std::cout << *wrong << "\n";
  if (const auto wrong = rules.put(2, R"({"detail": {"price": [{"numeric": [">", 100]}]}})"))
    std::cout << *wrong << "\n";
  if (const auto wrong = rules.put(3, R"({"detail": {"side": "BUY"}})")) std::cout << *wrong << "\n";

  const auto matcher = rules.matcher();  // usable by any thread; does not see rules put later
  std::vector<std::uint64_t> matched;
  matcher.match(R"({"source": "shop", "detail": {"side": "BUY", "price": 99.5}})", matched);
  for (const auto number : matched) std::cout << "rule " << number << " matches\n";

  const auto why =
      athanor_pattern::explain(R"({"detail": {"price": [{"numeric": [">", 100]}]}})", R"({"detail": {"price": 99.5}})");
  if (why) std::cout << why->text;
}
