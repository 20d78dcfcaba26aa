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
#include <mlp/data/pickle_document.hpp>
#include <mlp/data/pickle_objects.hpp>

/// A small, closed reader of Python's pickle (protocols 2 to 5): numbers, texts, tuples, lists, dicts and NumPy arrays.
///
/// Nothing is ever executed: a function other than those of pickle_objects.hpp is refused by name. Every byte of memory
/// is paid for by a byte of the file. Source: CPython's Lib/pickletools.py.
namespace mlp::pickle {

namespace detail {

/// Python's stack machine: each opcode pushes a value or makes one of those on the stack.
class Machine {
 public:
  explicit Machine(ByteReader reader) : reading_(std::move(reader)) {}

  Document run() {
    reading_.opcode_position = reader().position();
    if (reader().read<std::uint8_t>() != 0x80) fail("not a pickle of protocol 2 to 5");
    const int protocol = reader().read<std::uint8_t>();
    if (protocol < 2 || protocol > 5) fail("pickle protocol " + std::to_string(protocol) + " is not supported");
    while (step()) {
    }
    if (reader().remaining() > 0) reader().fail("the file goes on after the end of the pickle");
    return std::move(reading_.document);
  }

 private:
  ByteReader& reader() { return reading_.reader; }
  [[noreturn]] void fail(const std::string& reason) const { reading_.fail(reason); }

  // The stack. A value below the last mark cannot be reached.
  void push(Value value) {
    reading_.document.values.push_back(std::move(value));
    stack_.push_back(reading_.document.values.size() - 1);
  }
  void push(Kind kind, std::int64_t integer = 0) { push(Value{kind, integer, 0, {}, {}}); }
  void push(Kind kind, std::string_view text) { push(Value{kind, 0, 0, std::string(text), {}}); }
  void push_tuple(std::vector<Id> items) { push(Value{Kind::tuple, 0, 0, {}, std::move(items)}); }
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
    reading_.require(id, kind);
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

  /// Appends items to the list or dict on top.
  void extend(Kind kind, const std::vector<Id>& items) {
    if (kind == Kind::dict && items.size() % 2 != 0) fail("the pickle sets a key without a value");
    const Id id = top();
    reading_.require(id, kind);
    std::vector<Id>& all = reading_[id].items;
    for (const Id item : items) all.push_back(item);  // `insert` costs the compiler more
  }

  // The memo: values that come up again.
  void memoize(std::size_t number) {
    if (number >= reading_.size) fail("memo number " + std::to_string(number) + " is out of range");
    if (number >= memo_.size()) memo_.resize(number + 1, nothing);
    memo_[number] = top();
  }
  void recall(std::size_t number) {
    if (number >= memo_.size() || memo_[number] == nothing) fail("memo " + std::to_string(number) + " is empty");
    stack_.push_back(memo_[number]);
  }

  // What follows an opcode.
  template <class Count>
  std::string_view take() {
    return reader().take(static_cast<std::size_t>(reader().read<Count>()));
  }
  std::string take_line() {
    std::string text;
    for (char c = reader().read<char>(); c != '\n'; c = reader().read<char>()) text += c;
    return text;
  }
  std::int64_t take_long() {
    const std::string_view digits = take<std::uint8_t>();
    if (digits.size() > 8) fail("an integer of more than 8 bytes");
    std::uint64_t value = !digits.empty() && static_cast<signed char>(digits.back()) < 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(digits[i - 1]);
    return std::bit_cast<std::int64_t>(value);
  }

  void global() {
    const std::string module = take_line();
    push(find_function(reading_, module, take_line()));
  }
  void stack_global() {
    const Id name = pop(Kind::text);
    const Id module = pop(Kind::text);
    push(find_function(reading_, reading_[module].text, reading_[name].text));
  }
  void reduce() {
    const Id arguments = pop(Kind::tuple);
    const Id function = pop(Kind::function);
    push(call(reading_, function, arguments));
  }
  void build() {
    const Id state = pop(Kind::tuple);
    fill(reading_, top(), state);
  }
  void frame() {  // only a hint of how much to read at once
    if (reader().read<std::uint64_t>() > reader().remaining()) fail("the frame is longer than the file");
  }

  /// One opcode; false at the end.
  bool step() {
    reading_.opcode_position = reader().position();
    const auto opcode = reader().read<std::uint8_t>();
    // clang-format off
    switch (opcode) {
      case '.': return stop();                                                                       // STOP
      case 0x95: frame(); break;                                                                     // FRAME
      case '(': marks_.push_back(stack_.size()); break;                                              // MARK
      case 'N': push(Kind::none); break;                                                             // NONE
      case 0x88: push(Kind::boolean, 1); break;                                                      // NEWTRUE
      case 0x89: push(Kind::boolean, 0); break;                                                      // NEWFALSE
      case 'J': push(Kind::integer, reader().read<std::int32_t>()); break;                           // BININT
      case 'K': push(Kind::integer, reader().read<std::uint8_t>()); break;                           // BININT1
      case 'M': push(Kind::integer, reader().read<std::uint16_t>()); break;                          // BININT2
      case 0x8A: push(Kind::integer, take_long()); break;                                            // LONG1
      case 'G': push(Value{Kind::real, 0, reader().read<double>(std::endian::big), {}, {}}); break;  // BINFLOAT
      case 'C': push(Kind::bytes, take<std::uint8_t>()); break;                                      // SHORT_BINBYTES
      case 'B': push(Kind::bytes, take<std::uint32_t>()); break;                                     // BINBYTES
      case 0x8E: push(Kind::bytes, take<std::uint64_t>()); break;                                    // BINBYTES8
      case 0x96: push(Kind::bytes, take<std::uint64_t>()); break;                                    // BYTEARRAY8
      case 0x8C: push(Kind::text, take<std::uint8_t>()); break;                                      // SHORT_BINUNICODE
      case 'X': push(Kind::text, take<std::uint32_t>()); break;                                      // BINUNICODE
      case 0x8D: push(Kind::text, take<std::uint64_t>()); break;                                     // BINUNICODE8
      case ')': push_tuple({}); break;                                                               // EMPTY_TUPLE
      case 't': push_tuple(pop_to_mark()); break;                                                    // TUPLE
      case 0x85: push_tuple(pop_many(1)); break;                                                     // TUPLE1
      case 0x86: push_tuple(pop_many(2)); break;                                                     // TUPLE2
      case 0x87: push_tuple(pop_many(3)); break;                                                     // TUPLE3
      case ']': push(Kind::list); break;                                                             // EMPTY_LIST
      case 'a': extend(Kind::list, pop_many(1)); break;                                              // APPEND
      case 'e': extend(Kind::list, pop_to_mark()); break;                                            // APPENDS
      case '}': push(Kind::dict); break;                                                             // EMPTY_DICT
      case 's': extend(Kind::dict, pop_many(2)); break;                                              // SETITEM
      case 'u': extend(Kind::dict, pop_to_mark()); break;                                            // SETITEMS
      case 0x94: memoize(memo_.size()); break;                                                       // MEMOIZE
      case 'q': memoize(reader().read<std::uint8_t>()); break;                                       // BINPUT
      case 'r': memoize(reader().read<std::uint32_t>()); break;                                      // LONG_BINPUT
      case 'h': recall(reader().read<std::uint8_t>()); break;                                        // BINGET
      case 'j': recall(reader().read<std::uint32_t>()); break;                                       // LONG_BINGET
      case 'c': global(); break;                                                                     // GLOBAL
      case 0x93: stack_global(); break;                                                              // STACK_GLOBAL
      case 'R': reduce(); break;                                                                     // REDUCE
      case 'b': build(); break;                                                                      // BUILD
      default: fail("pickle opcode " + std::to_string(opcode) + " is not known");
    }
    // clang-format on
    return true;
  }
  bool stop() {
    reading_.document.root = pop();
    if (!stack_.empty() || !marks_.empty()) fail("the pickle ends with values left over");
    return false;
  }

  static constexpr Id nothing = static_cast<Id>(-1);

  Reading reading_;
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
inline Document load(ByteReader reader) {
  return detail::Machine(std::move(reader)).run();
}

}  // namespace mlp::pickle
