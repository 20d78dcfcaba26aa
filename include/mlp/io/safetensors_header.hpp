// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <mlp/core/byte_reader.hpp>
#include <mlp/core/ndarray.hpp>
#include <mlp/core/text.hpp>

/// The header of a safetensors file: its length (u64, little endian), then JSON,
///
///     {"__metadata__": {"key": "text"}, "0.weight": {"dtype": "F32", "shape": [64, 9], "data_offsets": [0, 2304]}}
///
/// Source: https://github.com/huggingface/safetensors, README and safetensors/src/tensor.rs.
namespace mlp::detail {

inline constexpr std::uint64_t longest_safetensors_header = 100'000'000;  // the format's own bound
inline constexpr std::string_view safetensors_metadata = "__metadata__";

struct SafetensorsType {
  std::string_view name;
  DType dtype;  ///< kind '?': known by its size, but not read
};
inline constexpr std::array<SafetensorsType, 15> safetensors_types{{
    {"F64", {'f', 8, std::endian::little}},
    {"F32", {'f', 4, std::endian::little}},
    {"F16", {'f', 2, std::endian::little}},
    {"BF16", {'g', 2, std::endian::little}},
    {"I64", {'i', 8, std::endian::little}},
    {"I32", {'i', 4, std::endian::little}},
    {"I16", {'i', 2, std::endian::little}},
    {"I8", {'i', 1, std::endian::little}},
    {"U64", {'u', 8, std::endian::little}},
    {"U32", {'u', 4, std::endian::little}},
    {"U16", {'u', 2, std::endian::little}},
    {"U8", {'u', 1, std::endian::little}},
    {"BOOL", {'b', 1, std::endian::little}},
    {"F8_E4M3", {'?', 1, std::endian::little}},
    {"F8_E5M2", {'?', 1, std::endian::little}},
}};
inline const SafetensorsType* find_safetensors_type(std::string_view name) {
  const auto found = std::find_if(safetensors_types.begin(), safetensors_types.end(),
                                  [&](const SafetensorsType& t) { return t.name == name; });
  return found == safetensors_types.end() ? nullptr : &*found;
}

struct SafetensorsEntry {
  std::string name, dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< of its bytes, in the data behind the header
};
struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// Takes the events of a JSON parser and lets nothing pass but a header.
class SafetensorsHandler {
 public:
  using Json = nlohmann::json;

  SafetensorsHeader take() { return std::move(header_); }
  const std::string& error() const { return error_; }

  bool null() { return refuse("null"); }
  bool boolean(bool) { return refuse("a boolean"); }
  bool number_integer(Json::number_integer_t) { return refuse("a negative number"); }
  bool number_float(Json::number_float_t, const std::string& text) { return refuse("the number " + text); }
  bool binary(Json::binary_t&) { return refuse("binary data"); }

  bool number_unsigned(Json::number_unsigned_t value) {
    if (in_ != Place::shape && in_ != Place::offsets) return refuse("a number");
    if (in_ == Place::shape)
      entry_.shape.push_back(value);
    else if (offsets_++ == 0)
      entry_.begin = value;
    else
      entry_.end = value;
    return offsets_ <= 2 || fail("has more than two data_offsets");
  }
  bool string(std::string& text) {
    if (in_ == Place::metadata) {
      header_.metadata[key_] = std::move(text);
      return true;
    }
    if (in_ != Place::entry || key_ != "dtype") return refuse("a text");
    entry_.dtype = std::move(text);
    return true;
  }
  bool start_object(std::size_t) {
    if (in_ == Place::outside) {
      in_ = Place::top;
      return true;
    }
    if (in_ != Place::top) return refuse("an object");
    in_ = key_ == safetensors_metadata ? Place::metadata : Place::entry;
    inner_.clear();
    entry_ = {};
    entry_.name = key_;
    offsets_ = 0;
    return true;
  }
  bool key(std::string& key) {
    if (!(in_ == Place::top ? names_ : inner_).insert(key).second)
      return in_ == Place::top ? fail_with("two entries named " + in_quotes(key))
                               : fail("has two keys " + in_quotes(key));
    if (in_ == Place::entry && key != "dtype" && key != "shape" && key != "data_offsets")
      return fail("has an unknown key " + in_quotes(key));
    key_ = std::move(key);
    return true;
  }
  bool end_object() {
    if (in_ == Place::top) return true;
    if (in_ == Place::entry) {
      for (const char* const needed : {"dtype", "shape", "data_offsets"})
        if (!inner_.contains(needed)) return fail(std::string("has no ") + needed);
      header_.entries.push_back(std::move(entry_));
    }
    in_ = Place::top;
    return true;
  }
  bool start_array(std::size_t) {
    if (in_ != Place::entry || key_ == "dtype") return refuse("an array");
    in_ = key_ == "shape" ? Place::shape : Place::offsets;
    return true;
  }
  bool end_array() {
    if (in_ == Place::offsets && offsets_ != 2) return fail("has less than two data_offsets");
    in_ = Place::entry;
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception& e) {
    std::string_view reason = e.what();  // "[json.exception.parse_error.101] parse error at line 1, column 5: ..."
    if (const auto colon = reason.find(": "); colon != std::string_view::npos) reason.remove_prefix(colon + 2);
    return fail_with("byte " + std::to_string(8 + byte) + ": " + one_line(std::string(reason)));
  }

 private:
  enum class Place { outside, top, entry, shape, offsets, metadata };

  bool fail_with(std::string text) {
    error_ = std::move(text);
    return false;
  }
  bool fail(const std::string& text) {
    return fail_with((in_ == Place::metadata ? std::string(safetensors_metadata) : "tensor " + in_quotes(entry_.name)) +
                     " " + text);
  }
  bool refuse(const std::string& what) {
    if (in_ == Place::outside) return fail_with("the header is " + what + ", expected an object");
    if (in_ == Place::top) return fail_with("the entry " + in_quotes(key_) + " is " + what + ", expected an object");
    return fail("has " + what + " as " + in_quotes(key_));
  }

  SafetensorsHeader header_;
  SafetensorsEntry entry_;
  Place in_ = Place::outside;
  std::string key_, error_;
  std::set<std::string, std::less<>> names_, inner_;
  int offsets_ = 0;
};

/// Whether the bytes of an entry are as many as its shape and type say. No step overflows.
inline bool has_right_size(const SafetensorsEntry& entry, Index element_size) {
  std::uint64_t size = static_cast<std::uint64_t>(element_size);
  bool empty = false, overflow = false;
  for (const std::uint64_t n : entry.shape) {
    overflow = overflow || (n > 0 && size > std::numeric_limits<std::int64_t>::max() / n);
    if (n == 0) empty = true;
    if (n > 0 && !overflow) size *= n;
  }
  if (overflow) return false;  // of an empty tensor, too: its other dimensions must make sense
  return entry.end - entry.begin == (empty ? 0 : size);
}

/// Reads the header and leaves the reader at the data, which the entries have been found to cover without holes or
/// overlaps. `unread` bytes of the file come behind those of the reader. @throws FormatError `net.safetensors: tensor
/// "0.weight" overlaps "0.bias"`
inline SafetensorsHeader read_safetensors_header(ByteReader& reader, std::uint64_t unread = 0) {
  const auto length = reader.read<std::uint64_t>();
  if (length > longest_safetensors_header)
    reader.fail_at(0, "a header of " + std::to_string(length) + " bytes, at most 100000000 are allowed");
  if (length > reader.remaining())
    reader.fail_at(0, "a header of " + std::to_string(length) + " bytes, but only " +
                          std::to_string(reader.remaining()) + " follow");
  const std::string_view text = reader.take(static_cast<std::size_t>(length));
  if (text.empty() || text[0] != '{') reader.fail_at(8, "expected '{' at the start of the header");

  const auto refuse = [&](const std::string& reason) { throw FormatError(reader.name() + ": " + reason); };
  const std::uint64_t data_size = reader.remaining() + unread;
  SafetensorsHandler handler;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) refuse(handler.error());
  SafetensorsHeader header = handler.take();

  for (const SafetensorsEntry& entry : header.entries) {
    const std::string who = "tensor " + in_quotes(entry.name);
    const SafetensorsType* const type = find_safetensors_type(entry.dtype);
    if (type == nullptr) refuse(who + " is of unknown type " + in_quotes(entry.dtype));
    if (entry.end < entry.begin || entry.end > data_size)
      refuse(who + " has its data at [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + ") of " +
             std::to_string(data_size) + " bytes");
    if (!has_right_size(entry, type->dtype.size))
      refuse(who + " has " + std::to_string(entry.end - entry.begin) + " bytes, which do not make its shape");
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    if (entry.begin != at)
      refuse("tensor " + in_quotes(entry.name) + " starts at byte " + std::to_string(entry.begin) +
             " of the data, expected " + std::to_string(at) + ": no holes, no overlaps");
    at = entry.end;
  }
  if (at != data_size)
    refuse("the data is " + std::to_string(data_size) + " bytes, the tensors have " + std::to_string(at));
  return header;
}

}  // namespace mlp::detail
