// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <mlp/core/file.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/data/npy.hpp>
#include <mlp/io/model_file.hpp>
#include <mlp/math/threads.hpp>
#include <mlp/train/history.hpp>

#include "command_line.hpp"
#include "data_source.hpp"

namespace examples {

using Json = nlohmann::ordered_json;

/// Samples in each set; a set that the protocol does not know is empty.
struct Counts {
  mlp::Index train = 0;
  mlp::Index validation = 0;
  mlp::Index test = 0;
};

/// What a program leaves in --out: report.json, history.csv, models/NAME.safetensors for `predict` and PyTorch, and
/// models/NAME/0.weight.npy ... for NumPy.
/// Nothing is made before the first model is trained; after each one the folder is complete for the models so far.
class Report {
 public:
  /// `metric`: what is followed over the epochs, "r2" or "accuracy".
  Report(const std::string& exercise, const Options& options, const DataSource& source, const Counts& counts,
         std::string metric)
      : folder_(options.out), metric_(std::move(metric)) {
    json_["exercise"] = exercise;
    json_["protocol"] = options.protocol;
    json_["seed"] = options.rng_seed();
    json_["dtype"] = options.dtype;
    json_["threads"] = mlp::num_threads();
    json_["data"]["source"] = source.name();
    json_["data"]["sha256"] = source.sha256 ? Json(*source.sha256) : Json();
    json_["data"]["rows"] = counts.train + counts.validation + counts.test;
    json_["data"]["train"] = counts.train;
    json_["data"]["validation"] = counts.validation;
    if (counts.test > 0) json_["data"]["test"] = counts.test;
    json_["models"] = Json::array();
    std::cout << "Data: " << source.name() << ", " << counts.train << " samples to train";
    if (counts.validation > 0) std::cout << ", " << counts.validation << " to validate";
    if (counts.test > 0) std::cout << ", " << counts.test << " to test";
    std::cout << std::endl;
    history_ = "model,epoch,lr,train_loss,train_" + metric_ + ",val_loss,val_" + metric_ + ",seconds\n";
  }

  const std::string& folder() const { return folder_; }

  /// What a program has to say besides: report.json holds it from the next model on.
  void set(const std::string& key, Json value) { json_[key] = std::move(value); }

  /// Saves a trained model, how data is made fit for it, and what it came to. `scores`: {"train", {{"loss", 0.1}, ...}}, {"validation", ...}.
  /// `train_metric`: one value an epoch where it was measured.
  template <class Model>
  void add(const std::string& name, const Model& model, const mlp::Preprocessing& preprocessing,
           const mlp::History& history, const Json& scores, const std::vector<double>& train_metric = {}) {
    Json entry{{"name", name},
               {"parameters", mlp::parameter_count(model)},
               {"epochs", history.epochs.size()},
               {"seconds", history.seconds}};
    entry.update(scores);
    entry["history"] = Json::array();
    for (std::size_t i = 0; i < history.epochs.size(); ++i) {
      const mlp::EpochRecord& record = history.epochs[i];
      Json epoch{{"epoch", record.epoch}};
      history_ += name + ',' + std::to_string(record.epoch) + ',' + Json(record.lr).dump();
      const auto append = [&](const std::string& key, double value) {
        history_ += ',';
        if (std::isnan(value)) return;
        epoch[key] = value;
        history_ += Json(value).dump();
      };
      append("train_loss", record.train_loss);
      append("train_" + metric_, i < train_metric.size() ? train_metric[i] : mlp::EpochRecord::none);
      append("val_loss", record.val_loss);
      append("val_" + metric_, record.val_metric);
      history_ += ',' + Json(record.seconds).dump() + '\n';
      entry["history"].push_back(std::move(epoch));
    }
    json_["models"].push_back(std::move(entry));

    const std::string models = folder_ + "/models/" + name;
    std::filesystem::create_directories(models);
    Model::visit_parameters([&](const mlp::ParameterName& parameter,
                                auto value) { mlp::write_npy(models + "/" + parameter.str() + ".npy", value); },
                            model);
    mlp::save_network(model, models + ".safetensors", preprocessing);
    mlp::write_file_atomically(folder_ + "/history.csv", history_);
    mlp::write_file_atomically(folder_ + "/report.json", json_.dump(2) + '\n');
  }

 private:
  std::string folder_;
  std::string metric_;
  std::string history_;
  Json json_;
};

}  // namespace examples
