// SPDX-License-Identifier: MIT
#include <mlp/train/progress.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

using mlp::EpochRecord;
using mlp::detail::ProgressLine;

TEST_CASE("a terminal sees one line that is drawn anew") {
  std::ostringstream out;
  {
    ProgressLine progress(out, true, {"mlp", "r2", 2, 100});
    progress.batch(50, 0.5, 1);
    CHECK(out.str() == "\rmlp 1/2 [############-------------] loss 0.5, 50/s, 0:03 left");
    out.str("");
    progress.epoch({.epoch = 1, .train_loss = 0.25, .val_loss = 0.125, .val_metric = 0.75}, 2);
    CHECK(out.str() == "\rmlp 1/2 [#############] loss 0.25, val_loss 0.125, val_r2 0.75, 50/s, 0:02 left");
    out.str("");
    progress.batch(60, 0.2, 2.05);  // not more often than ten times a second
    CHECK(out.str() == "");
    progress.epoch({.epoch = 2, .train_loss = 1, .val_loss = 2, .val_metric = -3}, 2.06);  // but the end always
    CHECK(out.str() == "\rmlp 2/2 [####################] loss 1, val_loss 2, val_r2 -3, 97.1/s, 0:00 left");
    out.str("");
  }
  CHECK(out.str() == "\n");
}

TEST_CASE("a training that is gone on with counts its epochs on, and its speed from where it went on") {
  std::ostringstream out;
  ProgressLine progress(out, true, {"mlp", "", 4, 100, 2});
  progress.batch(50, 0.5, 1);
  CHECK(out.str() == "\rmlp 3/4 [############-------------] loss 0.5, 50/s, 0:03 left");
  std::ostringstream plain;
  ProgressLine lines(plain, false, {"mlp", "", 4, 100, 2});
  lines.epoch({.epoch = 3, .train_loss = 0.25}, 2);
  CHECK(plain.str() == "mlp: epoch 3/4, loss 0.25, 50 samples/s, 0:02 left\n");
}

TEST_CASE("an epoch in which nothing was measured has a line, too") {
  std::ostringstream out;
  ProgressLine progress(out, true, {"mlp", "", 2, 100});
  progress.epoch({.epoch = 1}, 2);
  CHECK(out.str() == "\rmlp 1/2 [#########################] 50/s, 0:02 left");
  std::ostringstream plain;
  ProgressLine lines(plain, false, {"mlp", "", 2, 100});
  lines.epoch({.epoch = 1}, 2);
  CHECK(plain.str() == "mlp: epoch 1/2, 50 samples/s, 0:02 left\n");
}

TEST_CASE("a line never leaves 79 columns, and a shorter one clears the rest of the longer one before it") {
  std::ostringstream out;
  {
    ProgressLine progress(out, true, {std::string(60, 'x'), "accuracy", 1000, 12345});
    progress.batch(1, 0.123456789, 100);
    CHECK(out.str().size() == 80);
    CHECK(
        out.str().ends_with("x 1/1000 loss 0.1235, 0.01/s, 83333:20:00 left"));  // the name gives way, not the numbers
  }
  out.str("");
  ProgressLine progress(out, true, {"a", "", 3, 10});
  progress.batch(5, 1.234, 1);
  const std::size_t longer = out.str().size();
  out.str("");
  progress.batch(5, 2, 2);
  CHECK(out.str().size() == longer);
}

TEST_CASE("a file sees about ten plain lines, and one at least every half a minute") {
  std::ostringstream out;
  {
    ProgressLine progress(out, false, {"mlp", "accuracy", 100, 10});
    for (mlp::Index epoch = 1; epoch <= 100; ++epoch) {
      progress.batch(10, 1, static_cast<double>(epoch));
      progress.epoch({.epoch = epoch, .train_loss = 0.5, .val_loss = 0.25, .val_metric = 1},
                     static_cast<double>(epoch));
    }
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.starts_with(
      "mlp: epoch 10/100, loss 0.5, val_loss 0.25, val_accuracy 1, 10 samples/s, 1:30 left\nmlp: epoch 20/100,"));

  std::ostringstream slow;
  ProgressLine progress(slow, false, {"mlp", "", 100, 10});
  progress.epoch({.epoch = 1, .train_loss = 0.5}, 31);
  CHECK(slow.str() == "mlp: epoch 1/100, loss 0.5, 0.323 samples/s, 51:09 left\n");
}

TEST_CASE("a line shows the epoch at work, with what was measured after the one before") {
  std::ostringstream out;
  ProgressLine progress(out, true, {"mlp", "r2", 2, 100});
  progress.epoch({.epoch = 1, .train_loss = 0.25, .val_loss = 0.125, .val_metric = 0.75}, 2);
  out.str("");
  progress.batch(50, 0.5, 3);  // 150 samples in 3 s, 50 are left
  CHECK(out.str().starts_with("\rmlp 2/2 [####"));
  CHECK(out.str().ends_with("] loss 0.5, val_loss 0.125, val_r2 0.75, 50/s, 0:01 left"));
}

TEST_CASE("a file sees the last epoch whatever their number") {
  std::ostringstream out;
  ProgressLine progress(out, false, {"mlp", "", 25, 10});
  for (mlp::Index epoch = 1; epoch <= 25; ++epoch)
    progress.epoch({.epoch = epoch, .train_loss = 0.5}, static_cast<double>(epoch) / 10);
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 13);  // 2, 4 ... 24 and 25
  CHECK(text.ends_with("mlp: epoch 25/25, loss 0.5, 100 samples/s, 0:00 left\n"));
}

TEST_CASE("numbers are short") {
  using namespace mlp::detail;
  CHECK(short_number(0.51234567) == "0.5123");
  CHECK(short_number(1.23e-7) == "1.23e-07");
  CHECK(short_count(950) == "950");
  CHECK(short_count(999.4) == "999");
  CHECK(short_count(999.6) == "1k");
  CHECK(short_count(1000) == "1k");
  CHECK(short_count(12345) == "12.3k");
  CHECK(short_count(999600) == "1M");
  CHECK(short_count(4.56e6) == "4.56M");
  CHECK(short_time(7) == "0:07");
  CHECK(short_time(754) == "12:34");
  CHECK(short_time(3723) == "1:02:03");
}
