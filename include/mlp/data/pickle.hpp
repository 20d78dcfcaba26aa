// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mlp/core/byte_reader.hpp>

/// A small, closed reader of Python's pickle (protocols 2 to 5): numbers, texts, tuples, lists, dicts and NumPy arrays.
///
/// Nothing is ever executed: the only functions known are those NumPy writes to rebuild an array, and any other is
/// refused by name. All values live in one flat list and refer to each other by number, so no nesting, however deep or
/// circular, recurses; and every byte of memory is paid for by a byte of the file.
/// Source: CPython's Lib/pickletools.py.
namespace mlp::pickle {

/// The number of a value in its document.
using Id = std::size_t;

enum class Kind { none, boolean, integer, real, bytes, text, tuple, list, dict, function, dtype, array };

/// "an integer", "a dict" ... for errors.
inline std::string_view describe(Kind kind) {
  constexpr std::string_view names[] = {"None", "a bool", "an integer", "a float",    "bytes",   "a text",
                                        "a tuple", "a list", "a dict",  "a function", "a dtype", "an array"};
  return names[static_cast<std::size_t>(kind)];
}

struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< of a boolean or an integer; 1 for an array in Fortran order
  double real = 0;
  std::string text;       ///< of bytes and texts; "module.name" of a function; "<f8" of a dtype
  std::vector<Id> items;  ///< of tuples and lists; key, value, key, value of a dict; shape, dtype, data of an array
};

/// What a pickle holds.
struct Document {
  std::vector<Value> values;
  Id root = 0;

  const Value& operator[](Id id) const { return values[id]; }
};

namespace detail {

/// The functions that NumPy and, for bytes in protocol 2, Python write. NumPy 2 renamed `core` to `_core`.
enum class Function : std::int64_t { reconstruct, frombuffer, ndarray, dtype, encode, bytes };

inline constexpr std::pair<std::string_view, Function> functions[] = {
    {"numpy.core.multiarray._reconstruct", Function::reconstruct},
    {"numpy._core.multiarray._reconstruct", Function::reconstruct},
    {"numpy.core.numeric._frombuffer", Function::frombuffer},  // protocol 5
    {"numpy._core.numeric._frombuffer", Function::frombuffer},
    {"numpy.ndarray", Function::ndarray},
    {"numpy.dtype", Function::dtype},
    {"_codecs.encode", Function::encode},
    {"__builtin__.bytes", Function::bytes},
};

class Machine {
 public:
  explicit Machine(ByteReader reader) : reader_(std::move(reader)), size_(reader_.remaining()) {}

  Document run() {
    opcode_position_ = reader_.position();
    if (reader_.read<std::uint8_t>() != 0x80) fail("not a pickle of protocol 2 to 5");
    const int protocol = reader_.read<std::uint8_t>();
    if (protocol < 2 || protocol > 5) fail("pickle protocol " + std::to_string(protocol) + " is not supported");
    while (step()) {
    }
    if (reader_.remaining() > 0) reader_.fail("the file goes on after the end of the pickle");
    return std::move(document_);
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const { reader_.fail_at(opcode_position_, reason); }

  Value& at(Id id) { return document_.values[id]; }

  // The stack. A value below the last mark cannot be reached.
  void push(Value value) {
    document_.values.push_back(std::move(value));
    stack_.push_back(document_.values.size() - 1);
  }
  void push(Kind kind, std::int64_t integer = 0) { push(Value{kind, integer, 0, {}, {}}); }
  void push_text(Kind kind, std::string_view text) { push(Value{kind, 0, 0, std::string(text), {}}); }
  Id top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("the pickle takes a value that is not there");
    return stack_.back();
  }
  Id pop() {
    const Id id = top();
    stack_.pop_back();
    return id;
  }
  Id pop(Kind kind) {
    const Id id = pop();
    require(id, kind);
    return id;
  }
  std::vector<Id> pop_many(std::size_t count) {
    std::vector<Id> ids(count);
    for (std::size_t i = count; i > 0; --i) ids[i - 1] = pop();
    return ids;
  }
  std::vector<Id> pop_to_mark() {
    if (marks_.empty()) fail("the pickle looks for a mark that is not there");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Id> ids(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return ids;
  }
  void push_tuple(std::vector<Id> items) { push(Value{Kind::tuple, 0, 0, {}, std::move(items)}); }
  void extend(Kind kind, const std::vector<Id>& items) {
    if (kind == Kind::dict && items.size() % 2 != 0) fail("the pickle sets a key without a value");
    const Id id = top();
    require(id, kind);
    at(id).items.insert(at(id).items.end(), items.begin(), items.end());
  }

  // The memo: values that come up again.
  void memoize(std::size_t number) {
    if (number >= size_) fail("memo number " + std::to_string(number) + " is out of range");
    if (number >= memo_.size()) memo_.resize(number + 1, nothing);
    memo_[number] = top();
  }
  void recall(std::size_t number) {
    if (number >= memo_.size() || memo_[number] == nothing) fail("memo " + std::to_string(number) + " is empty");
    stack_.push_back(memo_[number]);
  }

  // Checks of what a function is given.
  void require(Id id, Kind kind) const {
    const Kind got = document_[id].kind;
    if (got != kind) fail("expected " + std::string(describe(kind)) + ", got " + std::string(describe(got)));
  }
  const std::vector<Id>& arguments(Id tuple, std::size_t least, std::size_t most) const {
    const std::vector<Id>& items = document_[tuple].items;
    if (items.size() < least || items.size() > most)
      fail("expected a tuple of " + std::to_string(least) + ", got " + std::to_string(items.size()));
    return items;
  }

  std::string line() {
    std::string text;
    for (char c = reader_.read<char>(); c != '\n'; c = reader_.read<char>()) text += c;
    return text;
  }
  void find_function(const std::string& module, const std::string& name) {
    const std::string full = module + "." + name;
    for (const auto& [known, function] : functions)
      if (known == full) return push(Value{Kind::function, static_cast<std::int64_t>(function), 0, full, {}});
    fail("pickle asks for \"" + full + "\", which is not allowed");
  }
  void push_long(std::size_t bytes) {
    const std::string_view digits = reader_.take(bytes);
    if (bytes > 8) fail("an integer of more than 8 bytes");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(digits[i])} << (8 * i);
    if (bytes > 0 && bytes < 8 && static_cast<signed char>(digits.back()) < 0) value |= ~std::uint64_t{0} << (8 * bytes);
    push(Kind::integer, std::bit_cast<std::int64_t>(value));
  }
  std::string_view take_long_count() {
    const auto count = reader_.read<std::uint64_t>();
    return reader_.take(static_cast<std::size_t>(count));
  }

  /// Calls a function on a tuple of arguments.
  void reduce() {
    const Id tuple = pop(Kind::tuple);
    const Id callee = pop(Kind::function);
    switch (static_cast<Function>(at(callee).integer)) {
      case Function::reconstruct: {  // (ndarray, (0,), b'b'): an array without contents, BUILD brings them
        const Id type = arguments(tuple, 3, 3)[0];
        require(type, Kind::function);
        if (at(type).integer != static_cast<std::int64_t>(Function::ndarray)) fail("expected numpy.ndarray");
        return push(Kind::array);
      }
      case Function::frombuffer: {  // (data, dtype, shape, 'C' or 'F')
        const std::vector<Id> given = arguments(tuple, 4, 4);
        require(given[3], Kind::text);
        return push(checked_array({Kind::array, at(given[3]).text == "F", 0, {}, {given[2], given[1], given[0]}}));
      }
      case Function::dtype: {  // ('f8', align, copy)
        const Id name = arguments(tuple, 1, 3)[0];
        require(name, Kind::text);
        if (at(name).text.size() > longest_name) fail("the name of a dtype is too long");
        return push(Value{Kind::dtype, 0, 0, at(name).text, {}});
      }
      case Function::encode:
        return push_text(Kind::bytes, latin1(tuple));
      case Function::bytes:
        arguments(tuple, 0, 0);
        return push_text(Kind::bytes, "");
      case Function::ndarray:
        break;
    }
    fail("pickle calls \"" + at(callee).text + "\", which is not allowed");
  }

  /// Protocol 2 has no bytes: it writes a text whose characters are the bytes, ('text', 'latin1').
  std::string latin1(Id tuple) {
    const std::vector<Id>& given = arguments(tuple, 2, 2);
    require(given[0], Kind::text);
    require(given[1], Kind::text);
    if (at(given[1]).text != "latin1") fail("expected encoding latin1, got \"" + at(given[1]).text + "\"");
    const std::string& text = at(given[0]).text;
    encoded_ += text.size();
    if (encoded_ > size_) fail("the pickle encodes more text than it holds");
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
      if (c < 0x80) {
        bytes += static_cast<char>(c);
      } else if ((c == 0xC2 || c == 0xC3) && (next & 0xC0) == 0x80) {
        bytes += static_cast<char>((c & 0x03) << 6 | (next & 0x3F));
        ++i;
      } else {
        fail("a text that is not latin1");
      }
    }
    return bytes;
  }

  Value checked_array(Value array) const {
    require(array.items[0], Kind::tuple);
    for (const Id n : document_[array.items[0]].items) require(n, Kind::integer);
    require(array.items[1], Kind::dtype);
    if (const Kind data = document_[array.items[2]].kind; data != Kind::bytes && data != Kind::list)
      fail("expected bytes or a list, got " + std::string(describe(data)));
    return array;
  }

  /// Gives an array or a dtype its contents.
  void build() {
    const Id tuple = pop(Kind::tuple);
    const Id object = pop();
    if (at(object).kind == Kind::array) {  // (version, shape, dtype, is Fortran order, data)
      const std::vector<Id> state = arguments(tuple, 5, 5);
      require(state[3], Kind::boolean);
      at(object) = checked_array({Kind::array, at(state[3]).integer, 0, {}, {state[1], state[2], state[4]}});
    } else if (at(object).kind == Kind::dtype) {  // (version, byte order, subarray, names, fields, ...)
      const std::vector<Id> state = arguments(tuple, 8, 9);
      require(state[1], Kind::text);
      if (at(state[2]).kind != Kind::none || at(state[3]).kind != Kind::none)
        fail("structured arrays are not supported");
      const std::string& order = at(state[1]).text;
      if (order != "<" && order != ">" && order != "|" && order != "=") fail("the byte order of a dtype is not known");
      if (at(object).text.size() > longest_name) fail("a dtype is filled twice");
      at(object).text.insert(0, order);
    } else {
      fail("expected an array or a dtype to fill, got " + std::string(describe(at(object).kind)));
    }
    stack_.push_back(object);
  }

  /// One opcode; false at the end.
  bool step() {
    opcode_position_ = reader_.position();
    const auto opcode = reader_.read<std::uint8_t>();
    switch (opcode) {
      case '.': {  // STOP
        document_.root = pop();
        if (!stack_.empty() || !marks_.empty()) fail("the pickle ends with values left over");
        return false;
      }
      case 0x95:  // FRAME: only a hint of how much to read at once
        if (reader_.read<std::uint64_t>() > reader_.remaining()) fail("the frame is longer than the file");
        break;
      case '(': marks_.push_back(stack_.size()); break;  // MARK
      case 'N': push(Kind::none); break;
      case 0x88: push(Kind::boolean, 1); break;
      case 0x89: push(Kind::boolean, 0); break;
      case 'J': push(Kind::integer, reader_.read<std::int32_t>()); break;
      case 'K': push(Kind::integer, reader_.read<std::uint8_t>()); break;
      case 'M': push(Kind::integer, reader_.read<std::uint16_t>()); break;
      case 0x8A: push_long(reader_.read<std::uint8_t>()); break;  // LONG1
      case 'G': push(Value{Kind::real, 0, reader_.read<double>(std::endian::big), {}, {}}); break;
      case 'C': push_text(Kind::bytes, reader_.take(reader_.read<std::uint8_t>())); break;
      case 'B': push_text(Kind::bytes, reader_.take(reader_.read<std::uint32_t>())); break;
      case 0x8E:                                                            // BINBYTES8
      case 0x96: push_text(Kind::bytes, take_long_count()); break;          // BYTEARRAY8
      case 0x8C: push_text(Kind::text, reader_.take(reader_.read<std::uint8_t>())); break;
      case 'X': push_text(Kind::text, reader_.take(reader_.read<std::uint32_t>())); break;
      case 0x8D: push_text(Kind::text, take_long_count()); break;           // BINUNICODE8
      case ')': push_tuple({}); break;
      case 't': push_tuple(pop_to_mark()); break;
      case 0x85: push_tuple(pop_many(1)); break;
      case 0x86: push_tuple(pop_many(2)); break;
      case 0x87: push_tuple(pop_many(3)); break;
      case ']': push(Kind::list); break;
      case 'a': extend(Kind::list, pop_many(1)); break;    // APPEND
      case 'e': extend(Kind::list, pop_to_mark()); break;  // APPENDS
      case '}': push(Kind::dict); break;
      case 's': extend(Kind::dict, pop_many(2)); break;    // SETITEM
      case 'u': extend(Kind::dict, pop_to_mark()); break;  // SETITEMS
      case 0x94: memoize(memo_.size()); break;             // MEMOIZE
      case 'q': memoize(reader_.read<std::uint8_t>()); break;
      case 'r': memoize(reader_.read<std::uint32_t>()); break;
      case 'h': recall(reader_.read<std::uint8_t>()); break;
      case 'j': recall(reader_.read<std::uint32_t>()); break;
      case 'c': {  // GLOBAL
        const std::string module = line();
        find_function(module, line());
        break;
      }
      case 0x93: {  // STACK_GLOBAL
        const Id name = pop(Kind::text);
        const Id module = pop(Kind::text);
        find_function(at(module).text, at(name).text);
        break;
      }
      case 'R': reduce(); break;
      case 'b': build(); break;
      default: fail("pickle opcode " + std::to_string(opcode) + " is not known");
    }
    return true;
  }

  static constexpr Id nothing = static_cast<Id>(-1);
  static constexpr std::size_t longest_name = 16;  // of a dtype

  ByteReader reader_;
  std::size_t size_;         // of the pickle: the bound of everything that grows
  std::size_t encoded_ = 0;  // bytes of text already encoded
  std::size_t opcode_position_ = 0;
  Document document_;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::vector<Id> memo_;
};

}  // namespace detail

/// Reads the pickle from the reader's position to the end of the file.
///
///     Document document = pickle::load(ByteReader(bytes, "x.pkl"));
///     document[document.root].kind   // Kind::dict
///
/// @throws FormatError `x.npy: byte 130: pickle asks for "os.system", which is not allowed`
inline Document load(ByteReader reader) { return detail::Machine(std::move(reader)).run(); }

}  // namespace mlp::pickle
