// SPDX-License-Identifier: MIT
#include <mlp/math/threads.hpp>

#include <doctest/doctest.h>

#include <algorithm>
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
  learn_well(balance, {1.04, 1});
  CHECK(balance.begin(100, 1, 2) == 50);
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
  const Matrix<float> a = Matrix<float>::Random(130, 300), b = Matrix<float>::Random(300, 210);
  const Matrix<float> a_t = a.transpose(), b_t = b.transpose();
  Matrix<float> alone[3];
  const auto multiply = [&](Matrix<float>(&c)[3]) {
    for (auto& each : c) each.setZero(130, 210);
    gemm_nn(a, b, view(c[0]));
    gemm_nt(a, b_t, view(c[1]));
    gemm_tn(a_t, b, view(c[2]));
  };
  const OpenMPThreads seven(7);
  {
    const Bound one(1);
    multiply(alone);
  }
  for (const std::vector<double>& speeds :
       {std::vector<double>{1, 3}, {3, 1}, {1, 9, 2}, {1, 2, 3, 4, 5, 6, 7}, {9, 1, 9, 1, 9, 1, 1}}) {
    const Bound bound(static_cast<int>(speeds.size()));
    learn_well(detail::LoadBalance::of_products(), speeds);
    Matrix<float> shared[3];
    multiply(shared);
    for (int i = 0; i < 3; ++i) CHECK(shared[i] == alone[i]);
  }
  detail::LoadBalance::of_products() = {};
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
