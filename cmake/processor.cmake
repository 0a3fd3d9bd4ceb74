# What the processors that we build for have in common. What needs more asks the processor when the program runs
# (src/base/processor.h).
include_guard()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  # SSE 4.2: every processor since 2009.
  set(ATHANOR_PROCESSOR_OPTIONS -march=x86-64-v2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  # The CRC-32C instruction, which ARMv8.1 requires and nearly every ARMv8.0 has; and numbers as on x86-64, where no
  # product is added without being rounded first.
  set(ATHANOR_PROCESSOR_OPTIONS -march=armv8-a+crc -ffp-contract=off)
else()
  message(FATAL_ERROR "Athanor runs on x86-64 and 64-bit ARM, not on ${CMAKE_SYSTEM_PROCESSOR}.")
endif()
