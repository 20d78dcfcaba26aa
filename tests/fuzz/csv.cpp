// SPDX-License-Identifier: MIT
// The first byte chooses the options, the rest is the file.
#include <mlp/data/csv.hpp>

#include "fuzz.hpp"

using namespace mlp;

// A field of one byte becomes a name of 32 bytes in a vector that doubles; reading asks for 64 KiB at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::run(data, size, {64, 1 << 17}, [](std::string_view bytes) {
    if (bytes.empty()) return;
    const auto choice = static_cast<unsigned char>(bytes[0]);
    CsvOptions options;
    options.separator = ",; \t"[choice & 3];
    if ((choice & 4) != 0) options.header = (choice & 8) != 0;
    if ((choice & 16) != 0) options.missing = (choice & 32) != 0 ? Missing::drop : Missing::fill;
    if ((choice & 64) != 0) options.skip_rows = 1, options.max_rows = 3;
    if ((choice & 128) != 0) options.index_column = (choice & 8) != 0 ? "a" : "col0", options.usecols = {"b", "col1"};
    const Table table = read_csv(fuzz::memory_file().hold(bytes.substr(1)), options);
    fuzz::attempt([&] { table.to_matrix<float>(); });
    fuzz::attempt([&] { table.to_matrix<double>(); });
    std::vector<std::string> names = table.names();
    if (names.size() > 4) names.resize(4);  // each of them copies the table
    for (const std::string& name : names) {
      fuzz::attempt([&] { table.labels(name); });
      fuzz::attempt([&] { table.one_hot(name, {{"1", "one"}, {"2", "two"}}).to_dataset<float>("one"); });
      table.text_column(name);
    }
    table.index();
  });
}
