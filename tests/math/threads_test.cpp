// SPDX-License-Identifier: MIT
#include <mlp/math/threads.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <mlp/math/gemm.hpp>
#include <mlp/math/load_balance.hpp>

using namespace mlp;

namespace {

/// Lifts the bound of `set_num_threads` at the end of a test, whatever happens.
struct Bound {
  explicit Bound(int count) { set_num_threads(count); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;
  ~Bound() { set_num_threads(0); }
};

#ifdef _OPENMP
/// OpenMP's number of threads as a caller sets it, and back.
struct OpenMPThreads {
  explicit OpenMPThreads(int count) : before(omp_get_max_threads()) { omp_set_num_threads(count); }
  OpenMPThreads(const OpenMPThreads&) = delete;
  OpenMPThreads& operator=(const OpenMPThreads&) = delete;
  ~OpenMPThreads() { omp_set_num_threads(before); }
  int before;
};
#endif

/// Has measured these speeds so often that nothing else is known.
void learn_well(detail::LoadBalance& balance, const std::vector<double>& speeds) {
  for (int i = 0; i < 300; ++i) balance.learn(speeds);
}

}  // namespace

TEST_CASE("a negative number of threads is refused") {
  CHECK_THROWS_WITH_AS(set_num_threads(-1), "mlp::set_num_threads: expected at least 0, got -1", ValueError);
}

TEST_CASE("parallel_for calls every index once") {
  for (const Index n : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(n));
    parallel_for(n, [&](Index i) { ++calls[static_cast<std::size_t>(i)]; });
    bool once = true;
    for (const auto& count : calls) once = once && count == 1;
    CHECK(once);
  }
}

TEST_CASE("parallel_for throws the error of the lowest index, after all others have run") {
  std::atomic<int> calls{0};
  const auto fails = [&](Index i) {
    ++calls;
    if (i % 10 == 7) throw std::runtime_error("failed at " + std::to_string(i));
  };
  CHECK_THROWS_WITH_AS(parallel_for(100, fails), "failed at 7", std::runtime_error);
  CHECK(calls == 100);
}

TEST_CASE("a balance of load cuts work in proportion to the speeds of its threads") {
  detail::LoadBalance balance;
  CHECK(balance.begin(100, 1, 2) == 50);
  learn_well(balance, {3e9, 1e9});
  CHECK(balance.begin(402, 0, 2) == 0);  // one each, and of 400
  CHECK(balance.begin(402, 1, 2) == 301);
  CHECK(balance.begin(402, 2, 2) == 402);
  learn_well(balance, {1, 1, 2});
  CHECK(balance.begin(403, 1, 3) == 101);
  CHECK(balance.begin(403, 2, 3) == 202);
  CHECK(balance.begin(403, 3, 3) == 403);
  CHECK(balance.begin(402, 1, 2) == 201);  // the two that are as fast as each other
  learn_well(balance, {2, 1});
  CHECK(balance.begin(302, 1, 2) == 201);
  learn_well(balance, {1.04, 1});
  CHECK(balance.begin(100, 1, 2) == 50);
}

TEST_CASE("a balance of load learns of some threads of a team without mistaking the others") {
  detail::LoadBalance balance;
  learn_well(balance, {2, 2, 1, 1});
  learn_well(balance, {2, 2});
  CHECK(balance.begin(604, 1, 4) == 201);
  CHECK(balance.begin(604, 3, 4) == 503);
  CHECK(balance.begin(604, 1, 2) == 302);
}

TEST_CASE("a balance of load leaves each thread some work, and believes no single measurement") {
  detail::LoadBalance balance;
  balance.learn({1, 1e9});
  CHECK(balance.begin(100, 1, 2) >= 45);
  learn_well(balance, {1, 1e9, 1e9, 1, 1e9});
  for (const Index units : {5, 6, 11})
    for (Index part = 0; part < 5; ++part) CHECK(balance.begin(units, part + 1, 5) > balance.begin(units, part, 5));
}

TEST_CASE("a balance of load has all work done once, and gives less to who takes longer") {
  detail::LoadBalance balance;
  constexpr int runs = 40;
  for (const Index work : {1, 100'000'000}) {  // never measured, always measured
    std::vector<std::atomic<int>> calls(100);
    for (int run = 0; run < runs; ++run)
      balance.run(work, 100, 2, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
        if (begin == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      });
    CHECK(std::all_of(calls.begin(), calls.end(), [](const auto& count) { return count == runs; }));
    CHECK((balance.begin(100, 1, 2) < 50) == (work > 1));
  }
}

#ifdef _OPENMP

TEST_CASE("products are the same bits whatever the speeds of their threads") {
  auto& balance = detail::LoadBalance::of_products();
  const OpenMPThreads four(4);
  constexpr Index shapes[][3] = {{130, 210, 300}, {33, 235, 290}, {235, 33, 290}, {640, 700, 20}, {1, 900, 700}};
  for (const auto& shape : shapes) {
    const Index m = shape[0], n = shape[1], k = shape[2];
    CAPTURE(m);
    CAPTURE(n);
    const Matrix<float> a = Matrix<float>::Random(m, k), b = Matrix<float>::Random(k, n);
    const Matrix<float> a_t = a.transpose(), b_t = b.transpose(), before = Matrix<float>::Random(m, n);
    using Three = std::array<Matrix<float>, 3>;
    const auto multiply = [&] {  // added to what is there, so that nothing may be done twice
      Three c{before, before, before};
      gemm_nn(a, b, view(c[0]), 1.0f, 1.0f);
      gemm_nt(a, b_t, view(c[1]), 1.0f, 1.0f);
      gemm_tn(a_t, b, view(c[2]), 1.0f, 1.0f);
      return c;
    };
    Three alone;
    {
      const Bound one(1);
      alone = multiply();
    }
    for (const std::vector<double>& speeds :
         {std::vector<double>{1, 3}, {3, 1}, {1, 9, 2}, {1, 2, 3, 4}, {9, 1, 9, 1}}) {
      const int parts = static_cast<int>(speeds.size());
      const Bound bound(parts);
      balance = {};
      learn_well(balance, speeds);
      REQUIRE(balance.begin(64, 1, parts) != 64 / parts);
      const Three shared = multiply();
      for (std::size_t i = 0; i < 3; ++i) CHECK(shared[i] == alone[i]);
    }
  }
  balance = {};
}

TEST_CASE("the number of threads is OpenMP's, or fewer where set_num_threads says so") {
  const OpenMPThreads four(4);
  CHECK(num_threads() == 4);
  {
    const Bound two(2);
    CHECK(num_threads() == 2);
  }
  {
    const Bound nine(9);
    CHECK(num_threads() == 4);
  }
  CHECK(num_threads() == 4);
}

TEST_CASE("inside a parallel region of the caller everything stays on one thread") {
  int inside[2] = {0, 0};
  int team = 0;
#pragma omp parallel num_threads(2)
  {
    if (omp_get_thread_num() == 0) team = omp_get_num_threads();
    inside[omp_get_thread_num()] = num_threads();
  }
  REQUIRE(team == 2);
  CHECK(inside[0] == 1);
  CHECK(inside[1] == 1);
}

TEST_CASE("parallel_for takes no more threads than it may") {
  const OpenMPThreads four(4);
  const Bound three(3);
  std::atomic<int> most{0};
  parallel_for(64, [&](Index) {
    if (omp_get_num_threads() > most) most = omp_get_num_threads();
  });
  CHECK(most == 3);
}

TEST_CASE("products change no setting of OpenMP or Eigen, whatever the bound") {
  const Matrix<double> a = Matrix<double>::Random(120, 130), b = Matrix<double>::Random(130, 140);
  Matrix<double> c(120, 140), first(120, 140);
  const OpenMPThreads four(4);
  const int eigen = Eigen::nbThreads();
  gemm_nn(a, b, view(first));
  for (const int bound : {0, 1, 2, 3, 8}) {
    const Bound bounded(bound);
    gemm_nn(a, b, view(c));
    CHECK(omp_get_max_threads() == 4);
    CHECK(Eigen::nbThreads() == eigen);
    CHECK(c.isApprox(first, 1e-14));
  }
  parallel_for(8, [](Index) {});
  CHECK(omp_get_max_threads() == 4);
  CHECK(Eigen::nbThreads() == eigen);
}

TEST_CASE("products run inside a parallel region of the caller") {
  const Matrix<double> a = Matrix<double>::Random(90, 80), b = Matrix<double>::Random(80, 70);
  Matrix<double> alone(90, 70), together[2] = {Matrix<double>(90, 70), Matrix<double>(90, 70)};
  gemm_nn(a, b, view(alone));
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < 2; ++i) gemm_nn(a, b, view(together[i]));
  CHECK(together[0].isApprox(alone, 1e-14));
  CHECK(together[1].isApprox(alone, 1e-14));
}

#else

TEST_CASE("without OpenMP there is one thread") {
  CHECK(num_threads() == 1);
  const Bound eight(8);
  CHECK(num_threads() == 1);
}

#endif
