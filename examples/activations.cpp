// SPDX-License-Identifier: MIT
// Sigmoid, tanh and ReLU: their curves and derivatives, and what is left of a gradient that has come back through a
// deep network of each. docs/activations.md explains what this program prints and draws:   activations [FOLDER]

#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <mlp/mlp.hpp>

#include "support/plots.hpp"
#include "support/text_table.hpp"

namespace {

using mlp::Index;
using mlp::Matrix;
using mlp::MatrixView;
using mlp::Network;
using mlp::Rng;

constexpr Index width = 64;
constexpr Index samples = 256;
constexpr Index classes = 10;

struct Function {
  std::string title;
  mlp::AnyLayer<double> layer;
  std::string init;  // the initial values made for it
  std::function<void(MatrixView<double>, Rng&)> init_weight;
};

const std::vector<Function>& functions() {
  const auto xavier = [](MatrixView<double> w, Rng& rng) { mlp::xavier_uniform_init(w, rng); };
  const auto he = [](MatrixView<double> w, Rng& rng) { mlp::kaiming_uniform_init(w, rng); };
  static const std::vector<Function> all{{"sigmoid", mlp::Sigmoid(), "Xavier", xavier},
                                         {"tanh", mlp::Tanh(), "Xavier", xavier},
                                         {"ReLU", mlp::ReLU(), "He", he}};
  return all;
}

/// `depth` hidden layers and an output layer, with PyTorch's initial values, or with those made for the function and
/// biases of 0.
Network<double> deep_network(const Function& f, Index depth, bool made_for_it) {
  Rng rng(59);
  Network<double> net;
  for (Index i = 0; i <= depth; ++i) {
    mlp::Linear<double> linear(width, i < depth ? width : classes, rng);
    if (made_for_it) {
      f.init_weight(linear.weight(), rng);
      mlp::zeros_init(linear.bias());
    }
    net.add(linear);
    if (i < depth) net.add(f.layer);
  }
  return net;
}

/// ||dL/dW|| of every Linear, the first one first: one forward and one backward on noise.
std::vector<double> gradient_norms(const Network<double>& net) {
  Rng rng(0);
  Matrix<double> x(samples, width);
  mlp::normal_init(mlp::view(x), 0, 1, rng);
  mlp::Labels labels;
  for (Index i = 0; i < samples; ++i) labels.push_back(static_cast<int>(i % classes));

  mlp::Tape tape(net);
  const auto y = tape.forward(x);
  mlp::CrossEntropyLoss()(y, labels, tape.output_gradient());
  tape.backward();

  std::vector<double> norms;
  Network<double>::visit_parameters(
      [&](const mlp::ParameterName& name, auto value) {
        if (name.leaf().part == "weight") norms.push_back(value.array().matrix().norm());
      },
      tape.gradient());
  return norms;
}

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

/// The six kinds of network: of each function with both initial values.
struct Kind {
  const Function* function;
  bool made_for_it;

  std::string title() const { return function->title + ", " + (made_for_it ? function->init : "default"); }
};

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const Function& f : functions())
    for (const bool made_for_it : {false, true}) all.push_back({&f, made_for_it});
  return all;
}

constexpr Index deepest = 16;

/// For each kind of network the norms of the layers of a network of this depth.
std::vector<std::vector<double>> measure(Index depth) {
  std::vector<std::vector<double>> norms;
  for (const Kind& kind : kinds())
    norms.push_back(gradient_norms(deep_network(*kind.function, depth, kind.made_for_it)));
  return norms;
}

/// A table of a column for each kind of network.
examples::TextTable table_of_kinds(std::string first) {
  std::vector<std::string> header{std::move(first)};
  for (const Kind& kind : kinds()) header.push_back(kind.title());
  return examples::TextTable(header);
}

void print_layers(const std::vector<std::vector<double>>& norms) {
  examples::TextTable table = table_of_kinds("norm of dL/dW");
  for (const Index layer : {1, 2, 4, 6, 8, 10, 12, 14, 16, 17}) {
    std::vector<std::string> row{layer > deepest ? "output layer" : "layer " + std::to_string(layer)};
    for (const std::vector<double>& of_kind : norms)
      row.push_back(scientific(of_kind[static_cast<std::size_t>(layer) - 1]));
    table.add(row);
  }
  std::cout << table << '\n';
}

void print_depths() {
  examples::TextTable table = table_of_kinds("first / last");
  for (const Index depth : {2, 4, 8, 16}) {
    std::vector<std::string> row{std::to_string(depth) + " layers"};
    for (const std::vector<double>& of_kind : measure(depth))
      row.push_back(scientific(of_kind.front() / of_kind[static_cast<std::size_t>(depth) - 1]));
    table.add(row);
  }
  std::cout << table << '\n';
}

/// The functions and their derivatives, computed by the layers.
void draw_curves(const examples::Plots& plots) {
  Matrix<double> x(241, 1);
  for (Index i = 0; i < x.size(); ++i) x(i, 0) = static_cast<double>(i - 120) / 20;  // -6 to 6
  std::vector<Matrix<double>> columns{x};
  for (const Function& f : functions()) {
    const Network<double> net(f.layer);
    mlp::Tape tape(net);
    columns.push_back(tape.forward(x).array());
    tape.output_gradient().array().setOnes();
    Matrix<double> dx(x.rows(), 1);
    tape.backward(mlp::view(dx));  // dL/dx = dL/dy f'(x) = f'(x)
    columns.push_back(dx);
  }
  std::string text = "# x, sigmoid, its derivative, tanh, its derivative, ReLU, its derivative\n";
  for (Index i = 0; i < x.size(); ++i) {
    for (const Matrix<double>& column : columns) {
      char number[32];
      std::snprintf(number, sizeof number, "%.6g ", column(i, 0));
      text += number;
    }
    text.back() = '\n';
  }
  plots.data("activations.dat", text);
  plots.draw("activations", 960, 400, R"(set multiplot layout 1,2 margins 0.05,0.985,0.15,0.9 spacing 0.07
set xrange [-6:6]
set xlabel 'x'
set key top left
set title 'y = f(x)' font ',13'
set yrange [-1.2:3]
plot 'activations.dat' using 1:2 with lines linewidth 2.5 linecolor rgb color[1] title 'sigmoid', \
  '' using 1:4 with lines linewidth 2.5 linecolor rgb color[2] title 'tanh', \
  '' using 1:6 with lines linewidth 2.5 linecolor rgb color[3] title 'ReLU'
set title 'dy/dx' font ',13'
set yrange [-0.05:1.15]
set ytics 0.25
unset key
plot 'activations.dat' using 1:3 with lines linewidth 2.5 linecolor rgb color[1], \
  '' using 1:5 with lines linewidth 2.5 linecolor rgb color[2], \
  '' using 1:($1 <= 0 ? $7 : NaN) with lines linewidth 2.5 linecolor rgb color[3], \
  '' using 1:($1 > 0 ? $7 : NaN) with lines linewidth 2.5 linecolor rgb color[3]
unset multiplot
)");
}

void draw_gradients(const examples::Plots& plots, const std::vector<std::vector<double>>& norms) {
  std::string text = "# layer, norm of dL/dW:";
  std::vector<std::string> lines;
  for (std::size_t k = 0; k < norms.size(); ++k) {
    const Kind kind = kinds()[k];
    text += (k == 0 ? " " : "; ") + kind.title();
    lines.push_back(
        examples::filled("'gradients.dat' using 1:@column@ with linespoints pointtype 7 pointsize 0.7 linewidth 2"
                         " dashtype @dash@ linecolor rgb color[@color@] title @title@",
                         {{"column", std::to_string(k + 2)},
                          {"dash", kind.made_for_it ? "1" : "'-'"},
                          {"color", std::to_string(k / 2 + 1)},
                          {"title", examples::gnuplot_quoted(kind.title())}}));
  }
  text += '\n';
  for (std::size_t layer = 0; layer < norms.front().size(); ++layer) {
    text += std::to_string(layer + 1);
    for (const std::vector<double>& of_kind : norms) text += ' ' + scientific(of_kind[layer]);
    text += '\n';
  }
  plots.data("gradients.dat", text);
  plots.draw("gradients", 960, 460,
             examples::filled(
                 R"(set title 'What comes back: the gradient of each layer, one backward, 16 hidden layers' font ',13'
set logscale y
set format y '10^{%T}'
set yrange [1e-15:1e2]
set ytics 100
set xrange [0.5:17.5]
set xtics 1
set xlabel 'layer, 17: the output'
set ylabel 'norm of dL/dW'
set key outside right center
plot @lines@
)",
                 {{"lines", examples::plot_list(lines)}}));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::vector<double>> norms = measure(deepest);
  print_layers(norms);
  print_depths();
  const std::string folder = argc > 1 ? argv[1] : "mlp-report/activations";
  const examples::Plots plots(folder);
  draw_curves(plots);
  draw_gradients(plots, norms);
  std::cout << "Pictures: " << folder << "/plots\n";
} catch (const std::exception& error) {
  std::cerr << "activations: " << error.what() << '\n';
  return 1;
}
