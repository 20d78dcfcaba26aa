// SPDX-License-Identifier: MIT
// Damaged files of every format: an error of the library or a result, never a crash; where there is a checksum, never
// another result.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/file.hpp>
#include <mlp/data/csv.hpp>
#include <mlp/data/idx.hpp>
#include <mlp/data/npy.hpp>
#include <mlp/data/npy_dict.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/io/safetensors.hpp>
#include <mlp/models/sequential.hpp>
#ifdef MLP_TEST_IMAGES
#include <mlp/data/image_folder.hpp>
#endif
#ifdef MLP_TEST_ZLIB
#include <mlp/data/gzip.hpp>
#include <mlp/data/npz.hpp>
#endif

#include "reliability/sum.hpp"
#include "reliability/tests.hpp"
#include "reliability/training.hpp"
#include "support/temporary_folder.hpp"

namespace mlp::testing {

namespace {

struct Format {
  std::string name;
  std::string bytes;
  bool has_checksum;
  std::function<std::string(const std::string& path)> read;  ///< all that is in the file, as bytes
};

std::string reference(const std::string& name) {
  return read_file(std::string(MLP_TEST_DIR) + "/reference/" + name);
}

std::string read_all(const SafeTensors& file) {
  std::string all;
  for (const std::string& name : file.names()) all += name + bytes_of(file.matrix<double>(name));
  return all;
}

/// An IDX file of 40 images of 5 x 5 numbers of 2 bytes.
std::string idx_file() {
  std::string bytes("\0\0\x0B\3\0\0\0\x28\0\0\0\5\0\0\0\5", 16);
  for (int i = 0; i < 40 * 5 * 5; ++i) bytes += {static_cast<char>(i % 7 - 3), static_cast<char>(i * 31 % 251)};
  return bytes;
}

#ifdef MLP_TEST_ZLIB
/// One gzip member.
std::string gzipped(const std::string& bytes) {
  std::string packed(bytes.size() + 1024, '\0');
  z_stream stream{};
  require(::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "no zlib");
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = ::deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  ::deflateEnd(&stream);
  require(code == Z_STREAM_END, "zlib did not pack");
  return packed;
}

std::string read_all(const NpzFile& file) {
  std::string all;
  for (const std::string& name : file.names()) all += name + bytes_of(file.matrix<double>(name));
  return all;
}
#endif

std::vector<Format> formats() {
  const TemporaryFolder folder;
  Rng rng(1);
  const Sequential net{Linear(5, 12, rng), ReLU(), Linear(12, 2, rng)};
  save(net, folder / "weights");
  save_network(net, folder / "model",
               {.scaler = StandardScaler(RowVector<double>::Zero(5), RowVector<double>::Ones(5))});
  train(folder / "checkpoint", 3);
  std::string csv = "a,b,\"c, quoted\"\n";
  for (int i = 0; i < 100; ++i) csv += std::to_string(i) + ",-1.5e3, \"7\"\n";
  for (std::size_t at = 0; (at = csv.find(", \"7", at)) != csv.npos;) csv.replace(at, 4, ",\"7");

  std::vector<Format> all{
      {"csv", csv, false, [](const std::string& path) { return bytes_of(read_csv(path).to_matrix<double>()); }},
      {"npy", reference("npy/cube_fortran.npy"), false,
       [](const std::string& path) { return bytes_of(read_npy<double>(path)); }},
      {"IDX", idx_file(), false, [](const std::string& path) { return bytes_of(read_idx<double>(path)); }},
      {"safetensors of PyTorch", reference("io/torch_f32.safetensors"), false,
       [](const std::string& path) { return read_all(SafeTensors::read(path)); }},
      {"weights", read_file(folder / "weights"), true,
       [net](const std::string& path) {
         auto loaded = net;
         load(loaded, path);
         return sum_of(loaded);
       }},
      {"model file", read_file(folder / "model"), true,
       [](const std::string& path) {
         const auto [network, how] = load_network(path);
         return sum_of(network) + bytes_of(how.scaler->transform(Matrix<double>(Matrix<double>::Ones(1, 5))));
       }},
      {"checkpoint", read_file(folder / "checkpoint"), true, resumed},
  };
  for (const char* const protocol : {"2", "5"})
    all.push_back({std::string("npy dict, protocol ") + protocol,
                   reference(std::string("npy/dict_protocol") + protocol + ".npy"), false, [](const std::string& path) {
                     const auto data = read_npy_dataset<double>(path);
                     return bytes_of(data.x);
                   }});
#ifdef MLP_TEST_ZLIB
  // Each member of a gzip file has a checksum, but not their number: the numbers of the IDX file within tell.
  const std::string idx = idx_file();
  all.push_back({"gzip", gzipped(idx), true, [](const std::string& path) { return read_gzip(path); }});
  all.push_back({"IDX in 2 gzip members", gzipped(idx.substr(0, 700)) + gzipped(idx.substr(700)), true,
                 [](const std::string& path) { return bytes_of(decode_idx<double>(read_gzip(path), path)); }});
  for (const char* const kind : {"stored", "deflated"})
    all.push_back({std::string("npz, ") + kind, reference(std::string("npz/") + kind + ".npz"), true,
                   [](const std::string& path) { return read_all(read_npz(path)); }});
#endif
#ifdef MLP_TEST_IMAGES
  for (const char* const name : {"ramp.jpg", "rgb.png", "rgb.bmp"})
    all.push_back({name, reference(std::string("images/") + name), false,
                   [](const std::string& path) { return bytes_of(decode_image(read_file(path), path)); }});
  all.push_back({"progressive.jpg", read_file(std::string(MLP_TEST_DIR) + "/fuzz/seeds/image/progressive.jpg"), false,
                 [](const std::string& path) { return bytes_of(decode_image(read_file(path), path, 3)); }});
#endif
  return all;
}

}  // namespace

int test_damage(int count) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  std::mt19937_64 random(1);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::vector<std::pair<const char*, std::function<void(std::string&, int)>>> damages{
      {"truncated",  // every length where there are no more of them than files asked for
       [&](std::string& bytes, int i) {
         const auto wanted = static_cast<std::size_t>(count);
         bytes.resize(bytes.size() <= wanted ? static_cast<std::size_t>(i) % bytes.size() : below(bytes.size()));
       }},
      {"bit-flipped",
       [&](std::string& bytes, int) {
         char& byte = bytes[below(bytes.size())];
         byte = static_cast<char>(byte ^ (1 << below(8)));
       }},
      {"partly zeroed",
       [&](std::string& bytes, int) {
         const std::size_t at = below(bytes.size());
         const std::size_t size = 1 + below(std::min<std::size_t>(bytes.size() - at, 512));
         bytes.replace(at, size, size, '\0');
       }},
  };
  for (const Format& format : formats()) {
    write_file_atomically(path, format.bytes);
    const std::string expected = format.read(path);
    for (const auto& [name, damage] : damages) {
      int refused = 0, same = 0, other = 0;
      for (int i = 0; i < count; ++i) {
        std::string bytes = format.bytes;
        damage(bytes, i);
        const detail::File file(std::fopen(path.c_str(), "wb"));
        require(file && std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                    std::fflush(file.get()) == 0,
                "cannot write " + path);
        try {
          const std::string got = format.read(path);
          ++(got == expected ? same : other);
          if (format.has_checksum && got != expected) {
            std::string kept = "damaged_" + format.name;
            write_file_atomically(kept, bytes);
            throw std::runtime_error(format.name + ", " + name + ": other numbers than were saved: see " + kept);
          }
        } catch (const Error&) {
          ++refused;
        }
      }
      require(refused + same + other == count && refused > 0, format.name + ": nothing is refused");
      std::printf("%-22s %5d %-13s %5d refused, %4d read as before, %4d with other numbers\n", format.name.c_str(),
                  count, name, refused, same, other);
    }
  }
  return 0;
}

}  // namespace mlp::testing
