#include "alchemiser/function_program.h"
#include "alchemiser/steps/steps.h"

int main() {
  using namespace athanor::alchemiser;
  return run_function([](Desk& desk, Records&) { return execution_handlers(desk); });
}
