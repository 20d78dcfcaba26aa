// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <mlp/core/error.hpp>
#include <mlp/core/matrix.hpp>
#include <mlp/core/text.hpp>
#include <mlp/data/scaler.hpp>
#include <mlp/io/boxed_layer.hpp>
#include <mlp/io/layer_makers.hpp>
#include <mlp/io/layer_pattern.hpp>
#include <mlp/io/safetensors.hpp>
#include <mlp/io/safetensors_on_disk.hpp>
#include <mlp/io/state_dict.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/models/any_layer.hpp>
#include <mlp/models/network.hpp>

namespace mlp {

/// An image as input: resized to this, then each byte b becomes scale b + shift.
struct ImageInput {
  Index width = 0;
  Index height = 0;
  Index channels = 1;  ///< 1 grey, 3 red, green, blue
  double scale = 1;
  double shift = 0;
};

/// What happens to data before a model sees it, and what its outputs mean. All parts are optional.
struct Preprocessing {
  std::vector<std::string> features = {};     ///< the columns of x
  std::optional<StandardScaler> scaler = {};  ///< of the columns
  std::optional<ImageInput> image = {};
  std::vector<std::string> classes = {};  ///< the largest output is the class; without names the outputs are numbers
  std::string target = {};                ///< what is predicted: "mpg"
};

/// A network from a file, and how to feed it.
template <class T>
struct LoadedNetwork {
  Network<T> network;
  Preprocessing preprocessing;
};

namespace detail {

inline constexpr int model_file_version = 1;

inline nlohmann::ordered_json to_json(const Preprocessing& p) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto list = [](const RowVector<double>& v) { return std::vector<double>(v.data(), v.data() + v.size()); };
  if (!p.features.empty()) json["features"] = p.features;
  if (p.scaler) json["scaler"] = {{"mean", list(p.scaler->mean())}, {"scale", list(p.scaler->scale())}};
  if (p.image)
    json["image"] = {{"width", p.image->width},
                     {"height", p.image->height},
                     {"channels", p.image->channels},
                     {"scale", p.image->scale},
                     {"shift", p.image->shift}};
  if (!p.classes.empty()) json["classes"] = p.classes;
  if (!p.target.empty()) json["target"] = p.target;
  return json;
}

/// Reads the texts of a model file; what is not as expected is named.
class ModelFileReader {
 public:
  using Json = nlohmann::json;

  explicit ModelFileReader(const SafeTensors& file) : file_(file) {
    check_file_version(file.name(), "model file", text("mlp.model"), model_file_version);
    text("mlp.checksum");
  }

  template <class T>
  Network<T> network() const {
    const Json layers = parsed("mlp.layers");
    if (!layers.is_array() || layers.empty()) fail("mlp.layers is no list of layers");
    Network<T> net;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (!layers[i].is_string()) fail("layer " + std::to_string(i) + " is no text");
      const std::string what = "layer " + std::to_string(i);
      AnyLayer<T> made = whole_layer<T>({what, std::to_string(i)}, layers[i].template get<std::string>());
      try {
        net.add(std::move(made));
      } catch (const ShapeError&) {
        fail(what + " cannot follow the one before it");
      }
    }
    load(net, file_);
    return net;
  }

  Preprocessing preprocessing() const {
    const Json json = parsed("mlp.preprocessing");
    if (!json.is_object()) fail("mlp.preprocessing is no object");
    Preprocessing p;
    for (const auto& [key, value] : json.items()) {
      if (key == "features")
        p.features = texts(key, value);
      else if (key == "classes")
        p.classes = texts(key, value);
      else if (key == "target" && value.is_string())
        p.target = value.get<std::string>();
      else if (key == "scaler")
        p.scaler = scaler(value);
      else if (key == "image")
        p.image = image(value);
      else
        fail("mlp.preprocessing has " + in_quotes(key) + ", which this library does not know");
    }
    return p;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const { throw FormatError(file_.name() + ": " + reason); }

  const std::string& text(const char* key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end()) fail(std::string("not a model file: has no ") + key);
    return found->second;
  }
  Json parsed(const char* key) const {
    Json json = Json::parse(text(key), nullptr, false);
    if (json.is_discarded()) fail(std::string(key) + " is no JSON");
    return json;
  }

  /// A layer, or a part of one: "layer 3" and "3.block".
  struct Place {
    std::string what, name;
    int depth = 0;

    Place part(const std::string& part) const { return {what, part.empty() ? name : name + "." + part, depth + 1}; }
  };

  template <class T>
  AnyLayer<T> whole_layer(const Place& place, std::string_view text) const {
    try {
      return layer<T>(place, text);
    } catch (const ShapeError& error) {
      fail(place.what + ": " + error.what());
    } catch (const ValueError& error) {
      fail(place.what + ": " + error.what());
    }
  }

  template <class T>
  AnyLayer<T> layer(const Place& place, std::string_view text) const {
    constexpr int deepest = 16;
    if (place.depth > deepest) fail(place.what + " is nested too deep");
    if (const auto inner = inside(text, "Residual"))
      return Residual(BoxedLayer<T>(layer<T>(place.part("block"), *inner)));
    for (const char* const name : {"Sequential", "Network"}) {
      const auto inner = inside(text, name);
      if (!inner) continue;
      Network<T> net;
      for (const std::string_view part : split_layers(*inner))
        net.add(layer<T>(place.part(std::to_string(net.size())), part));
      return net;
    }
    if (const auto inner = inside(text, "PerToken")) {
      const std::vector<std::string_view> parts = split_layers(*inner);
      const auto tokens = scan_layer(parts.front(), "#");
      if (parts.size() == 2 && tokens)
        return PerToken(tokens->size[0], BoxedLayer<T>(layer<T>(place.part(""), parts.back())));
    }
    return simple_layer<T>(place, text);
  }

  template <class T>
  AnyLayer<T> simple_layer(const Place& place, std::string_view text) const {
    const std::string what = place.what + " is " + in_quotes(text);
    for (const LayerMaker<T>& maker : layer_makers<T>) {
      const std::optional<LayerNumbers> numbers = scan_layer(text, maker.pattern);
      if (!numbers) continue;
      // Only what the file has the weights of is worth its memory.
      const std::string name = place.name + "." + std::string(maker.weight);
      const SafeTensors::Tensor* const weight = maker.shape ? file_.find(name) : nullptr;
      if (maker.shape && !weight) fail(what + ", but " + name + " is missing");
      if (weight && weight->shape != maker.shape(*numbers)) fail(what + ", but " + name + " has another shape");
      AnyLayer<T> made = maker.make(*numbers);
      if (made.describe() == text) return made;
    }
    fail(what + ", which this library does not know");
  }

  std::vector<std::string> texts(const std::string& key, const Json& json) const {
    const bool good =
        json.is_array() && std::all_of(json.begin(), json.end(), [](const Json& text) { return text.is_string(); });
    if (!good) fail(key + " is no list of texts");
    return json.get<std::vector<std::string>>();
  }
  RowVector<double> numbers(const char* key, const Json& json) const {
    const auto found = json.is_object() ? json.find(key) : json.end();
    const bool good = json.is_object() && found != json.end() && found->is_array() &&
                      std::all_of(found->begin(), found->end(), [](const Json& x) { return x.is_number(); });
    if (!good) fail(std::string("the scaler has no list of numbers ") + in_quotes(key));
    RowVector<double> v(static_cast<Index>(found->size()));
    for (std::size_t i = 0; i < found->size(); ++i) v(static_cast<Index>(i)) = (*found)[i].get<double>();
    return v;
  }
  StandardScaler scaler(const Json& json) const {
    try {
      return {numbers("mean", json), numbers("scale", json)};
    } catch (const ShapeError&) {
      fail("the scaler has means and scales of different columns");
    } catch (const ValueError& error) {
      fail(error.what());
    }
  }
  ImageInput image(const Json& json) const {
    const auto number = [&](const char* key) {
      const auto found = json.is_object() ? json.find(key) : json.end();
      if (!json.is_object() || found == json.end() || !found->is_number())
        fail(std::string("the image has no number ") + in_quotes(key));
      return found->get<double>();
    };
    const auto size = [&](const char* key) {
      const double n = number(key);
      if (!(n >= 1 && n <= 65536) || n != static_cast<double>(static_cast<Index>(n)))
        fail(std::string("the image has no size ") + in_quotes(key));
      return static_cast<Index>(n);
    };
    return {size("width"), size("height"), size("channels"), number("scale"), number("shift")};
  }

  const SafeTensors& file_;
};

}  // namespace detail

/// Writes a model that anybody can load and feed without knowing what it is: weights under PyTorch's names, the layers,
/// and what happens to data before. Layers that `load_network` does not know are written as well, but not read.
///
///     save_network(net, "mpg.safetensors", {.features = names, .scaler = scaler, .target = "mpg"});
///
/// @throws IoError `mpg.safetensors: cannot write: No space left on device`; ValueError for a text that is not UTF-8
template <class Model>
void save_network(const Model& model, const std::string& path, const Preprocessing& preprocessing = {}) {
  std::vector<std::string> layers;
  model.for_each_layer([&](Index, const auto& layer) { layers.push_back(layer.describe()); });
  try {
    save(model, path,
         {{"mlp.model", std::to_string(detail::model_file_version)},
          {"mlp.layers", nlohmann::json(layers).dump()},
          {"mlp.preprocessing", detail::to_json(preprocessing).dump()}});
  } catch (const nlohmann::json::type_error&) {
    throw ValueError(path + ": cannot write: a name or text is not UTF-8");
  }
}

/// The network of a file, converted to T, of layers of this library.
///
///     auto [net, preprocessing] = load_network("mpg.safetensors");
///     Matrix<float> y = net.predict(preprocessing.scaler->transform(x));
///
/// @throws FormatError where the file is no model file, damaged, or of a newer version: `mpg.safetensors: model file of
/// version 2, this library reads up to 1`
template <class T = float>
LoadedNetwork<T> load_network(const SafeTensors& file) {
  const detail::ModelFileReader reader(file);
  return {reader.template network<T>(), reader.preprocessing()};
}
template <class T = float>
LoadedNetwork<T> load_network(const std::string& path) {
  return load_network<T>(detail::read_briefly(path));
}

}  // namespace mlp
