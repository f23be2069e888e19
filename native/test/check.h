// The little that the C++ tests need. A test program is a list of TEST(name) { ... } and CHECKs; it runs them
// all, prints what failed, and exits with 1 when something did.
#ifndef HANDGRAD_TEST_CHECK_H_
#define HANDGRAD_TEST_CHECK_H_

#include <stdio.h>

#include <vector>

namespace handgrad::test {

struct Test {
  const char* name;
  void (*function)();
};

inline std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

inline int& Failures() {
  static int failures = 0;
  return failures;
}

struct Register {
  Register(const char* name, void (*function)()) { Tests().push_back({name, function}); }
};

}  // namespace handgrad::test

#define TEST(name)                                                             \
  static void Test_##name();                                                   \
  static const ::handgrad::test::Register register_##name(#name, Test_##name); \
  static void Test_##name()

/// CHECK(condition, format, values...): what follows the condition is printed when it does not hold.
#define CHECK(condition, ...)                                                \
  do {                                                                       \
    if (!(condition)) {                                                      \
      ++::handgrad::test::Failures();                                        \
      if (::handgrad::test::Failures() <= 20) {                              \
        printf("%s:%d: %s does not hold: ", __FILE__, __LINE__, #condition); \
        printf(__VA_ARGS__);                                                 \
        printf("\n");                                                        \
      }                                                                      \
    }                                                                        \
  } while (false)

/// The program's arguments, for tests that take any.
namespace handgrad::test {
inline std::vector<const char*>& Arguments() {
  static std::vector<const char*> arguments;
  return arguments;
}
}  // namespace handgrad::test

int main(int count, char** arguments) {
  ::handgrad::test::Arguments().assign(arguments + 1, arguments + count);
  for (const auto& test : ::handgrad::test::Tests()) {
    const int before = ::handgrad::test::Failures();
    test.function();
    printf("%s %s\n", ::handgrad::test::Failures() == before ? "ok    " : "FAILED", test.name);
  }
  return ::handgrad::test::Failures() == 0 ? 0 : 1;
}

#endif  // HANDGRAD_TEST_CHECK_H_
