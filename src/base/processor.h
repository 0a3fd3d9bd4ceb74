// Which of the processors that code is compiled for runs this. Everything is compiled for the least of them
// (cmake/processor.cmake); what gains much is compiled for others, too, and chosen here.
#pragma once

#include <cstdint>

namespace athanor::base {

// Each does all that those before it do. Avx2: x86-64 since Haswell (2013) and Zen. Avx512: since Ice Lake and Zen 4.
enum class Processor : std::uint8_t { Any, Avx2, Avx512 };

// The last of them that this machine has.
inline Processor this_processor() {
#if defined(__x86_64__)
  static const Processor is = [] {
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("lzcnt")) {
      return Processor::Any;
    }
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") ? Processor::Avx512
                                                                                       : Processor::Avx2;
  }();
  return is;
#else
  return Processor::Any;
#endif
}

}  // namespace athanor::base
