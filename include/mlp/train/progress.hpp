// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <ostream>
#include <string>
#include <utility>

#include <mlp/core/matrix.hpp>
#include <mlp/train/history.hpp>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace mlp {

/// What `fit` says on stderr while it works: a line that is drawn anew in a terminal, a few plain lines elsewhere, or
/// nothing.
enum class Progress { automatic, silent };

namespace detail {

/// "0.5123", "12.3", "1.23e-07": four digits at most.
inline std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// "950", "12.3k", "4.56M"
inline std::string short_count(double value) {
  const char* unit = "";
  for (const char* next : {"k", "M", "G"}) {
    if (value < 999.5) break;  // from there on three digits are 1e+03
    value /= 1000;
    unit = next;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.3g%s", value, unit);
  return text;
}

/// "0:07", "12:34", "1:02:03"
inline std::string short_time(double seconds) {
  const long total = std::lround(std::clamp(seconds, 0.0, 3.0e8));
  char text[48];
  if (total < 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld", total / 60, total % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  return text;
}

inline bool stderr_is_terminal() {
#if __has_include(<unistd.h>)
  return ::isatty(STDERR_FILENO) == 1;
#else
  return false;
#endif
}

/// Draws the progress of one training.
class ProgressLine {
 public:
  struct Work {
    std::string name;
    std::string metric_name;
    Index epochs = 0;
    Index samples = 0;      ///< of an epoch
    Index epochs_done = 0;  ///< before, by a training that is gone on with
  };

  ProgressLine(std::ostream& out, bool terminal, Work work) : out_(out), terminal_(terminal), work_(std::move(work)) {
    previous_.epoch = work_.epochs_done;
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (drawn_ > 0) out_ << '\n' << std::flush;
  }

  /// After each batch: `samples` of this epoch are done, `loss` is the mean so far, `seconds` passed since the start.
  void batch(Index samples, double loss, double seconds) {
    if (!terminal_ || seconds - last_ < 0.1) return;
    last_ = seconds;
    EpochRecord record = previous_;
    record.epoch = previous_.epoch + 1;
    record.train_loss = loss;
    draw(record, samples, seconds);
  }

  /// After each epoch.
  void epoch(const EpochRecord& record, double seconds) {
    previous_ = record;
    const bool last = record.epoch == work_.epochs;
    if (terminal_) {
      if (!last && seconds - last_ < 0.1) return;
      last_ = seconds;
      draw(record, work_.samples, seconds);
      return;
    }
    // About ten lines, and one at least every half a minute, so that a log shows that the work goes on.
    const Index step = std::max<Index>(1, work_.epochs / 10);
    if (record.epoch % step != 0 && !last && seconds - last_ < 30) return;
    last_ = seconds;
    out_ << work_.name << ": epoch " << record.epoch << '/' << work_.epochs << values(record) << ", "
         << short_count(rate(record.epoch, work_.samples, seconds)) << " samples/s, "
         << short_time(left(record.epoch, work_.samples, seconds)) << " left" << std::endl;
  }

 private:
  /// Epoch `epoch`, of which `samples` are done, is how far the work has come since the start.
  double samples_done(Index epoch, Index samples) const {
    return static_cast<double>(epoch - 1 - work_.epochs_done) * static_cast<double>(work_.samples) +
           static_cast<double>(samples);
  }
  double rate(Index epoch, Index samples, double seconds) const {
    return samples_done(epoch, samples) / std::max(seconds, 1e-9);
  }
  double left(Index epoch, Index samples, double seconds) const {
    const double all = static_cast<double>(work_.epochs - work_.epochs_done) * static_cast<double>(work_.samples);
    return (all - samples_done(epoch, samples)) / std::max(rate(epoch, samples, seconds), 1e-9);
  }

  std::string values(const EpochRecord& record) const {
    std::string text;
    const auto append = [&](const std::string& name, double value) {
      if (!std::isnan(value)) text += ", " + name + ' ' + short_number(value);
    };
    append("loss", record.train_loss);
    append("val_loss", record.val_loss);
    append("val_" + work_.metric_name, record.val_metric);
    return text;
  }

  void draw(const EpochRecord& record, Index samples, double seconds) {
    const std::string count = ' ' + std::to_string(record.epoch) + '/' + std::to_string(work_.epochs);
    const std::string tail = (values(record) + ", " + short_count(rate(record.epoch, samples, seconds)) + "/s, " +
                              short_time(left(record.epoch, samples, seconds)) + " left")
                                 .substr(1);  // no comma before the first
    constexpr std::size_t columns = 79;
    std::string name = work_.name;  // gives way where the numbers need its place
    const std::size_t numbers = count.size() + tail.size();
    if (name.size() + numbers > columns) name.resize(columns > numbers ? columns - numbers : 0);
    const std::size_t used = name.size() + numbers + 3;
    std::string bar;
    if (used + 5 <= columns) {  // the bar shows this epoch and takes what the text leaves free
      const std::size_t width = std::min<std::size_t>(columns - used, 25);
      const auto full = static_cast<std::size_t>(static_cast<double>(width) * static_cast<double>(samples) /
                                                 static_cast<double>(work_.samples));
      bar = " [" + std::string(full, '#') + std::string(width - full, '-') + ']';
    }
    const std::string line = (name + count + bar + tail).substr(0, columns);
    out_ << '\r' << line << std::string(line.size() < drawn_ ? drawn_ - line.size() : 0, ' ') << std::flush;
    drawn_ = line.size();
  }

  std::ostream& out_;
  bool terminal_;
  Work work_;
  EpochRecord previous_;
  double last_ = -1;       // when something was written, in seconds since the start
  std::size_t drawn_ = 0;  // the length of the line in the terminal
};

}  // namespace detail

}  // namespace mlp
