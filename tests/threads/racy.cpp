// SPDX-License-Identifier: MIT
// Two threads of OpenMP write one number: what ThreadSanitizer must find.
#include <cstdio>

int main() {
  long sum = 0;
#pragma omp parallel num_threads(2)
  for (int i = 0; i < 1000; ++i) sum += i;
  std::printf("%ld\n", sum);
}
