// SPDX-License-Identifier: MIT
#include <mlp/data/synthetic_faces.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace mlp;

namespace {

/// A face as a picture [height, width] of numbers.
Matrix<double> picture(const ImageSet& set, Index i, Index height) {
  const Index width = set.pixels.cols() / height;
  return Eigen::Map<const Matrix<std::uint8_t>>(set.pixels.row(i).data(), height, width).cast<double>();
}

/// The faces of the seven expressions without any variation or noise.
std::vector<Matrix<double>> plain_faces(Index size) {
  Rng rng(0);
  const ImageSet set =
      make_faces({.samples_per_class = 1, .width = size, .height = size, .noise = 0, .variation = 0}, rng);
  std::vector<Matrix<double>> faces;
  for (Index i = 0; i < 7; ++i) faces.push_back(picture(set, i, size));
  return faces;
}

enum Emotion { angry, disgust, fear, happy, neutral, sad, surprise };

/// The share of the samples of `test` whose nearest class mean of `train` is their own.
double nearest_centroid_accuracy(const ImageSet& train, const ImageSet& test) {
  Matrix<double> means = Matrix<double>::Zero(7, train.pixels.cols());
  for (Index i = 0; i < train.pixels.rows(); ++i)
    means.row(train.labels[static_cast<std::size_t>(i)]) += train.pixels.row(i).cast<double>();
  means /= static_cast<double>(train.pixels.rows() / 7);
  int right = 0;
  for (Index i = 0; i < test.pixels.rows(); ++i) {
    Index nearest = 0;
    (means.rowwise() - test.pixels.row(i).cast<double>()).rowwise().squaredNorm().minCoeff(&nearest);
    if (nearest == test.labels[static_cast<std::size_t>(i)]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(test.pixels.rows());
}

}  // namespace

TEST_CASE("drawn faces come class by class, equally many, under the names of the FER2013 folders") {
  Rng rng(1);
  const ImageSet faces = make_faces({.samples_per_class = 4, .width = 20, .height = 12}, rng);
  CHECK(faces.class_names ==
        std::vector<std::string>{"angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"});
  REQUIRE(faces.labels.size() == 28);
  for (std::size_t i = 0; i < 28; ++i) CHECK(faces.labels[i] == static_cast<int>(i / 4));
  CHECK(faces.pixels.rows() == 28);
  CHECK(faces.pixels.cols() == 240);
}

TEST_CASE("faces use the range of grey levels, and each differs from every other") {
  Rng rng(2);
  const ImageSet faces = make_faces({.samples_per_class = 10}, rng);
  CHECK(faces.pixels.cols() == 48 * 48);
  for (Index i = 0; i < 70; ++i) {
    const Matrix<double> face = picture(faces, i, 48);
    CAPTURE(i);
    CHECK(face.maxCoeff() - face.minCoeff() > 100);
    CHECK(face.mean() > 40);
    CHECK(face.mean() < 215);
    for (Index j = 0; j < i; ++j) CHECK(faces.pixels.row(i) != faces.pixels.row(j));
  }
}

TEST_CASE("expressions differ where faces show them, and nowhere else") {
  const Index size = 96;
  const auto faces = plain_faces(size);
  // Rows and columns of the picture: brows and eyes, mouth, and the rest of the head.
  const auto eyes = [&](const Matrix<double>& face) { return face.block(22, 18, 24, 60); };
  const auto mouth = [&](const Matrix<double>& face) { return face.block(60, 26, 34, 44); };
  for (int a = 0; a < 7; ++a)
    for (int b = 0; b < a; ++b) {
      CAPTURE(a);
      CAPTURE(b);
      const Matrix<double> difference =
          (faces[static_cast<std::size_t>(a)] - faces[static_cast<std::size_t>(b)]).cwiseAbs();
      CHECK(mouth(difference).mean() > 2.5);
      CHECK(eyes(difference).mean() > 1.5);
      CHECK(difference.topRows(14).maxCoeff() == 0);
      CHECK(difference.leftCols(12).maxCoeff() == 0);
      CHECK(difference.rightCols(12).maxCoeff() == 0);
    }
}

TEST_CASE("the drawings show what their names say") {
  const Index size = 96;
  const auto faces = plain_faces(size);
  // Skin is brighter than a closed mouth, and the inside of an open mouth the darkest.
  const auto dark = [](const Matrix<double>& region) { return (region.array() < 100).count(); };
  const auto mouth = [&](Emotion e) { return faces[e].block(60, 26, 34, 44); };
  CHECK(dark(mouth(surprise)) > 2 * dark(mouth(neutral)));

  // The mean row of the dark pixels in the corners of the mouth, against its middle: above for a smile, below for
  // grief.
  const auto mean_row = [&](Emotion e, Index left, Index columns) {
    double sum = 0;
    double count = 0;
    for (Index i = 62; i < 94; ++i)
      for (Index j = left; j < left + columns; ++j)
        if (faces[e](i, j) < 110) {
          sum += static_cast<double>(i);
          count += 1;
        }
    REQUIRE(count > 0);
    return sum / count;
  };
  const auto droop = [&](Emotion e) { return mean_row(e, 36, 3) - mean_row(e, 45, 6); };
  CHECK(droop(happy) < -1);
  CHECK(std::abs(droop(neutral)) < 1);
  CHECK(droop(sad) > 1.5);

  const auto white = [&](Emotion e) { return (faces[e].block(30, 20, 20, 56).array() > 220).count(); };
  CHECK(white(fear) > white(neutral));
  CHECK(white(surprise) > white(neutral));
  CHECK(white(disgust) < white(neutral));
  CHECK((mouth(happy).array() > 220).count() > 20);  // teeth
  CHECK((mouth(neutral).array() > 220).count() == 0);
}

TEST_CASE("faces without variation are symmetric but for nose and a sneer") {
  const auto faces = plain_faces(64);
  for (const Emotion e : {angry, fear, happy, neutral, sad, surprise}) {
    CAPTURE(static_cast<int>(e));
    Matrix<double> difference = (faces[e] - faces[e].rowwise().reverse()).cwiseAbs();
    difference.middleCols(28, 8).setZero();
    CHECK(difference.maxCoeff() <= 1);
  }
}

TEST_CASE("a face is the same at any size") {
  const auto large = plain_faces(96);
  const auto small = plain_faces(48);
  for (std::size_t e = 0; e < 7; ++e) {
    Matrix<double> halved(48, 48);
    for (Index i = 0; i < 48; ++i)
      for (Index j = 0; j < 48; ++j) halved(i, j) = large[e].block(2 * i, 2 * j, 2, 2).mean();
    CHECK((halved - small[e]).cwiseAbs().mean() < 6);
  }
}

TEST_CASE("the noise of faces has its standard deviation") {
  Rng clean_rng(3);
  Rng noisy_rng(3);
  const ImageSet clean = make_faces({.samples_per_class = 2, .noise = 0}, clean_rng);
  const ImageSet noisy = make_faces({.samples_per_class = 2, .noise = 5}, noisy_rng);
  double squares = 0;
  double count = 0;
  for (Index i = 0; i < clean.pixels.size(); ++i) {
    const double grey = clean.pixels.data()[i];
    if (grey < 30 || grey > 225) continue;  // where no noise is cut off
    squares += std::pow(grey - static_cast<double>(noisy.pixels.data()[i]), 2);
    count += 1;
  }
  CHECK(count > 20000);
  CHECK(std::sqrt(squares / count) == doctest::Approx(5).epsilon(0.03));
}

TEST_CASE("a classifier by class means does much better than chance on faces, and is far from perfect") {
  Rng rng(1);
  const ImageSet train = make_faces({.samples_per_class = 60}, rng);
  const ImageSet test = make_faces({.samples_per_class = 30}, rng);
  const double accuracy = nearest_centroid_accuracy(train, test);
  CAPTURE(accuracy);
  CHECK(accuracy > 2.0 / 7);
  CHECK(accuracy < 0.8);
}

TEST_CASE("the same seed gives the same faces on any number of threads") {
  Rng a(5);
  Rng b(5);
  Rng c(6);
  const FacesOptions options{.samples_per_class = 3, .width = 24, .height = 24};
  const ImageSet faces = make_faces(options, a);
  set_num_threads(1);
  const ImageSet same = make_faces(options, b);
  set_num_threads(0);
  CHECK(faces.pixels == same.pixels);
  CHECK(a == b);
  CHECK(make_faces(options, c).pixels != faces.pixels);
  CHECK(make_faces(options, a).pixels != faces.pixels);
}

TEST_CASE("faces that cannot be drawn say why") {
  Rng rng(0);
  CHECK_THROWS_WITH_AS(make_faces({.samples_per_class = 0}, rng),
                       "mlp::make_faces: samples_per_class must be at least 1, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_faces({.width = 7}, rng), "mlp::make_faces: width must be at least 8, got 7", ValueError);
  CHECK_THROWS_WITH_AS(make_faces({.height = 0}, rng), "mlp::make_faces: height must be at least 8, got 0", ValueError);
  CHECK_THROWS_WITH_AS(make_faces({.noise = -1}, rng), "mlp::make_faces: noise must be at least 0 and finite, got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(make_faces({.variation = 1.5}, rng), "mlp::make_faces: variation must be in [0, 1], got 1.5",
                       ValueError);
}
