// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/io/checksum.hpp>
#include <mlp/io/mapped_file.hpp>
#include <mlp/io/safetensors.hpp>
#include <mlp/io/safetensors_header.hpp>
#include <mlp/math/threads.hpp>

namespace mlp::detail {

#if !__has_include(<sys/mman.h>)
struct Descriptor {
  int number;
};
#endif

/// Where bytes of a file are wanted.
struct Destination {
  std::size_t begin = 0, end = 0;  ///< in the file
  char* to = nullptr;
};

/// A file of `SafeTensorsWriter` of which nothing but the header is taken into memory: tensors go straight to where
/// they are wanted. New memory for a large file would cost more than reading it, since the system has to clear each
/// page.
///
/// The file is looked at where the system has it, if that is safe (`hold_file`); else it is read twice, through a block
/// that stays in the cache, and what somebody changed or cut off meanwhile is seen by the sums of the second time.
class SafeTensorsOnDisk {
 public:
  /// None where the file is too small to be worth it, of somebody else, or cannot be read at any place: then
  /// `SafeTensors::read` can do it, or say why not. @throws IoError, FormatError as `SafeTensors::read`
  static std::optional<SafeTensorsOnDisk> open(const std::string& path) {
#if __has_include(<sys/mman.h>)
    constexpr std::size_t worth_it = std::size_t{1} << 20;
    const auto file = std::make_shared<Descriptor>(Descriptor{-1});
    const std::size_t size = open_and_measure(path, *file);
    std::string header(8, '\0');
    if (size < worth_it || !read_at(file->number, header.data(), 0, 8)) return {};
    const auto length = from_bytes<std::uint64_t>(header.data());
    if (length > longest_safetensors_header || length > size - 8) return {};
    header.resize(8 + static_cast<std::size_t>(length));
    if (!read_at(file->number, header.data() + 8, 8, header.size() - 8)) return {};

    ByteReader reader(header, path);
    SafeTensors tensors(reader, size - header.size());
    const auto format = tensors.metadata().find(std::string(format_key));
    const std::size_t digits = find_checksum(header);
    if (format == tensors.metadata().end() || format->second != std::to_string(safetensors_version) ||
        !tensors.has_checksum() || !has_block_sums(header) || digits == header.npos || digits + 16 > header.size())
      return {};
    return SafeTensorsOnDisk(file, hold_file(file->number, size), std::move(tensors), std::move(header), size);
#else
    static_cast<void>(path);
    return {};
#endif
  }

  /// Its tensors have no bytes.
  const SafeTensors& header() const {
    return header_;
  }

  /// All of it, looked at where the system has it: whoever wants to write into the file waits while the result lives.
  /// None where that is not safe. @throws FormatError where the bytes do not make the checksum
  std::optional<SafeTensors> held() const {
    if (!held_.owner) return {};
    const auto owner = std::make_shared<const SafeTensorsOnDisk>(*this);
    return SafeTensors(SharedBytes{owner, held_.bytes}, header_.name());
  }

  /// Whether the bytes make the checksum of the file.
  bool is_whole() const {
    return held_.owner ? safetensors_checksum(text_, held_.bytes.substr(text_.size())) == sum() : is_whole(read({}));
  }
  /// Takes what is wanted, in the order of the file, to where it is. False if the file is no longer whole.
  bool copy(std::span<const Destination> wanted) const {
    if (!held_.owner) return is_whole(read(wanted));
    parallel_for(static_cast<Index>((size_ + sum_block - 1) / sum_block), [&](Index block) {
      const std::size_t begin = static_cast<std::size_t>(block) * sum_block, end = begin + sum_block;
      for (auto next = first_behind(wanted, begin); next != wanted.end() && next->begin < end; ++next)
        if (const auto [from, to] = std::pair(std::max(next->begin, begin), std::min(next->end, end)); from < to)
          std::memcpy(next->to + (from - next->begin), held_.bytes.data() + from, to - from);
    });
    return true;
  }

 private:
  SafeTensorsOnDisk(std::shared_ptr<const Descriptor> file, SharedBytes held, SafeTensors header, std::string text,
                    std::size_t size)
      : file_(std::move(file)),
        held_(std::move(held)),
        header_(std::move(header)),
        text_(std::move(text)),
        size_(size) {}

  const std::string& sum() const {
    return header_.metadata().at(std::string(checksum_key));
  }
  bool is_whole(const BlockSums& sums) const {
    return !sums.empty() && sum_of(sums) == sum();
  }

  static std::span<const Destination>::iterator first_behind(std::span<const Destination> wanted, std::size_t begin) {
    return std::partition_point(wanted.begin(), wanted.end(), [&](const Destination& d) { return d.end <= begin; });
  }

  /// Reads the whole file, and what is wanted to where it is. Gives the sums of its blocks, or none if it could not be
  /// read to its end.
  BlockSums read(std::span<const Destination> wanted) const {
    const std::size_t digits = find_checksum(text_);
    std::atomic<bool> good = true;
    BlockSums sums = sums_of_blocks(size_, [&](std::size_t begin, std::size_t end, Checksum<8>& sum) {
      std::array<char, std::size_t{1} << 16> elsewhere;
      auto next = first_behind(wanted, begin);
      for (std::size_t at = begin, stop; good && at < end; at = stop) {
        while (next != wanted.end() && next->end <= at) ++next;
        const bool inside = next != wanted.end() && next->begin <= at;
        stop = std::min(end, at + elsewhere.size());
        if (next != wanted.end()) stop = std::min(stop, inside ? next->end : next->begin);
        char* const to = inside ? next->to + (at - next->begin) : elsewhere.data();
        if (!read_at(file_->number, to, at, stop - at)) good = false;
        for (std::size_t i = std::max(at, digits); i < std::min(stop, digits + 16); ++i) to[i - at] = '0';
        sum.add({to, stop - at});
      }
    });
    return good ? std::move(sums) : BlockSums();
  }

  static bool read_at(int file, char* to, std::size_t at, std::size_t size) {
#if __has_include(<sys/mman.h>)
    while (size > 0) {
      const ssize_t count = ::pread(file, to, size, static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      to += count;
      at += static_cast<std::size_t>(count);
      size -= static_cast<std::size_t>(count);
    }
    return true;
#else
    return file >= 0 && to != nullptr && at > 0 && size == 0;
#endif
  }

  std::shared_ptr<const Descriptor> file_;  // closed after the pages are given back
  SharedBytes held_;
  SafeTensors header_;
  std::string text_;  // of the header
  std::size_t size_ = 0;
};

/// `SafeTensors::read` for a result that does not live long: it takes no memory where the file can be held.
inline SafeTensors read_briefly(const std::string& path) {
  if (const std::optional<SafeTensorsOnDisk> file = SafeTensorsOnDisk::open(path))
    if (std::optional<SafeTensors> held = file->held()) return *std::move(held);
  return SafeTensors::read(path);
}

}  // namespace mlp::detail
