# What the compiler is told of the hot paths: how often each branch is taken under load, as scripts/count_hot_paths has
# counted it. A function that has changed since is compiled as if nothing were known of it.
include_guard()

option(ATHANOR_COUNT_PATHS "build programs that count which branches they take" OFF)

set(ATHANOR_HOT_PATHS_OPTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
  # Functions of a file are known by its name, not by where it lies on one machine.
  set(ATHANOR_HOT_PATHS_OPTIONS "SHELL:-mllvm -static-func-full-module-prefix=false")
  if(ATHANOR_COUNT_PATHS)
    list(APPEND ATHANOR_HOT_PATHS_OPTIONS -fprofile-generate)
    add_link_options(-fprofile-generate)
  else()
    list(APPEND ATHANOR_HOT_PATHS_OPTIONS -fprofile-use=${CMAKE_CURRENT_LIST_DIR}/hot_paths.profdata
      -Wno-profile-instr-out-of-date -Wno-backend-plugin)
  endif()
endif()
