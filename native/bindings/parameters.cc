#include "bindings/parameters.h"

#include <stdio.h>

namespace handgrad {

void Parameters::Refuse(double value, const char* what) const {
  char number[32];
  snprintf(number, sizeof number, "%.17g", value);
  call_.ThrowRange(std::string(what) + " is not a whole number in its range: " + number);
}

void Parameters::Exhausted(const char* what) const {
  if (call_.instance().parameters == nullptr) call_.ThrowType("call initialize first");
  call_.ThrowRange("no room in the parameter block for " + std::string(what));
}

}  // namespace handgrad
