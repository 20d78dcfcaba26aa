// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <zlib.h>

namespace mlp {

/// What a compressed file may become unless its reader is told otherwise: 1 GiB. A file of a megabyte can ask for more.
inline constexpr std::size_t unpack_limit = std::size_t{1} << 30;

namespace detail {

/// How zlib finds the compressed bytes wrapped.
enum class Wrapping : int {
  gzip = 15 + 16,  // with header, CRC-32 and length, all checked by zlib
  none = -15,      // nothing but the deflated bytes
};

struct Inflated {
  enum class End { whole, truncated, too_large, damaged };
  End end = End::damaged;
  std::size_t consumed = 0;  ///< bytes of the input up to where it ended
  std::string reason;        ///< zlib's, where damaged
};

/// Unpacks one deflated stream at the begin of `in`, and appends it to `out`, which grows as bytes come. More than
/// `limit` of them in all are `too_large`. @throws std::bad_alloc
inline Inflated inflate_onto(std::string& out, std::string_view in, Wrapping wrapping, std::size_t limit) {
  struct Stream : z_stream {
    Stream() : z_stream() {}
    ~Stream() { ::inflateEnd(this); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
  } stream;
  if (::inflateInit2(&stream, static_cast<int>(wrapping)) != Z_OK) throw std::bad_alloc();

  constexpr std::size_t most = std::numeric_limits<uInt>::max();  // zlib counts in 32 bits
  limit = std::min(limit, out.max_size() - 1);
  Inflated result;
  const std::size_t start = out.size();
  std::size_t size = start;
  const auto stop = [&](Inflated::End end, std::string reason = {}) {
    out.resize(size);
    result.end = end;
    result.reason = std::move(reason);
    return result;
  };
  for (;;) {
    if (size == out.size())  // one byte beyond the limit tells a stream that ends there from one that goes on
      out.resize(size + std::min(limit - size + 1, std::max(size - start, std::size_t{1} << 12)));
    const auto given_in = static_cast<uInt>(std::min(in.size() - result.consumed, most));
    const auto given_out = static_cast<uInt>(std::min(out.size() - size, most));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data() + result.consumed));
    stream.avail_in = given_in;
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = given_out;
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    result.consumed += given_in - stream.avail_in;
    size += given_out - stream.avail_out;
    if (size > limit) return stop(Inflated::End::too_large);
    if (code == Z_STREAM_END) return stop(Inflated::End::whole);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    if (code == Z_NEED_DICT) return stop(Inflated::End::damaged, "needs a dictionary");
    if (code != Z_OK && code != Z_BUF_ERROR)
      return stop(Inflated::End::damaged, stream.msg == nullptr ? "not deflated" : stream.msg);
    if (result.consumed == in.size() && stream.avail_out > 0) return stop(Inflated::End::truncated);
  }
}

}  // namespace detail

}  // namespace mlp
