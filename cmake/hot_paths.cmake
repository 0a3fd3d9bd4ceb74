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
    # A name of its own for each content, so that a new one is noticed by the build.
    set(counts ${CMAKE_CURRENT_LIST_DIR}/hot_paths.profdata)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${counts})
    file(SHA256 ${counts} hash)
    string(SUBSTRING ${hash} 0 8 hash)
    configure_file(${counts} ${CMAKE_BINARY_DIR}/hot_paths-${hash}.profdata COPYONLY)
    list(APPEND ATHANOR_HOT_PATHS_OPTIONS -fprofile-use=${CMAKE_BINARY_DIR}/hot_paths-${hash}.profdata
      -Wno-profile-instr-out-of-date -Wno-backend-plugin)
  endif()
endif()
