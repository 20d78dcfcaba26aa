// SPDX-License-Identifier: MIT
#pragma once

// Everything but what is opt-in: a table of contents. Opt-in are mlp/io/, mlp/testing/, and of mlp/data/
// image_folder.hpp (stb_image), gzip.hpp, mnist.hpp and npz.hpp (zlib). Projects of many files: see compiled.hpp.

// Types that everything is made of
#include <mlp/core/error.hpp>      // ShapeError, ValueError, FormatError, IoError, DivergenceError
#include <mlp/core/file.hpp>       // whole files, written atomically
#include <mlp/core/matrix.hpp>     // Index, Matrix, RowVector, Labels
#include <mlp/core/parameter.hpp>  // names and numbers of parameters
#include <mlp/core/shape.hpp>      // [rows, cols]
#include <mlp/core/version.hpp>    // MLP_VERSION_MAJOR, _MINOR, _PATCH
#include <mlp/core/view.hpp>       // MatrixView, ConstMatrixView

// Numbers: random, initial, multiplied
#include <mlp/math/columns.hpp>      // statistics of columns
#include <mlp/math/elementwise.hpp>  // activations and updates, element by element
#include <mlp/math/gemm.hpp>         // the products of the library
#include <mlp/math/init.hpp>         // initial weights, as torch.nn.init
#include <mlp/math/numpy_rng.hpp>    // NumPy's legacy random stream
#include <mlp/math/rng.hpp>          // PyTorch's random stream
#include <mlp/math/softmax.hpp>      // softmax and its logarithm, row by row
#include <mlp/math/threads.hpp>      // num_threads, set_num_threads, parallel_for
#include <mlp/math/turn.hpp>         // transposed matrices

// Layers
#include <mlp/layers/batch_norm_1d.hpp>
#include <mlp/layers/channel_mixing.hpp>
#include <mlp/layers/class_token.hpp>
#include <mlp/layers/dropout.hpp>
#include <mlp/layers/elu.hpp>
#include <mlp/layers/feed_forward.hpp>
#include <mlp/layers/first_token.hpp>
#include <mlp/layers/flatten.hpp>
#include <mlp/layers/gelu.hpp>
#include <mlp/layers/identity.hpp>
#include <mlp/layers/layer.hpp>  // what a layer is, for your own
#include <mlp/layers/layer_norm.hpp>
#include <mlp/layers/leaky_relu.hpp>
#include <mlp/layers/linear.hpp>
#include <mlp/layers/log_softmax.hpp>
#include <mlp/layers/mean_pooling.hpp>
#include <mlp/layers/multi_head_self_attention.hpp>
#include <mlp/layers/patch_embedding.hpp>
#include <mlp/layers/per_token.hpp>
#include <mlp/layers/position_embedding.hpp>
#include <mlp/layers/relu.hpp>
#include <mlp/layers/reshape.hpp>
#include <mlp/layers/residual.hpp>
#include <mlp/layers/sigmoid.hpp>
#include <mlp/layers/silu.hpp>
#include <mlp/layers/softmax.hpp>
#include <mlp/layers/softplus.hpp>
#include <mlp/layers/tanh.hpp>
#include <mlp/layers/token_mixing.hpp>

// Losses
#include <mlp/losses/bce.hpp>
#include <mlp/losses/bce_with_logits.hpp>
#include <mlp/losses/cross_entropy.hpp>
#include <mlp/losses/l1.hpp>
#include <mlp/losses/loss.hpp>  // what a loss is, for your own
#include <mlp/losses/mse.hpp>

// Models
#include <mlp/models/any_layer.hpp>           // a layer of any type
#include <mlp/models/mlp_mixer.hpp>           // images by MLPs alone
#include <mlp/models/network.hpp>             // layers chosen at run time
#include <mlp/models/sequential.hpp>          // layers known to the compiler
#include <mlp/models/summary.hpp>             // a table of the layers of a model
#include <mlp/models/tape.hpp>                // one pass forward and backward
#include <mlp/models/vision_transformer.hpp>  // images by attention

// Optimizers and learning rates
#include <mlp/optim/adam.hpp>
#include <mlp/optim/adamw.hpp>
#include <mlp/optim/averaged_model.hpp>  // a moving average of the weights
#include <mlp/optim/clip_grad.hpp>       // clip_grad_norm, clip_grad_value
#include <mlp/optim/cosine_annealing_lr.hpp>
#include <mlp/optim/exponential_lr.hpp>
#include <mlp/optim/linear_lr.hpp>
#include <mlp/optim/optimizer.hpp>        // a rule at work on a model
#include <mlp/optim/parameter_group.hpp>  // other options for some parameters
#include <mlp/optim/reduce_lr_on_plateau.hpp>
#include <mlp/optim/rmsprop.hpp>
#include <mlp/optim/schedule.hpp>  // any of the learning-rate schedules
#include <mlp/optim/sgd.hpp>
#include <mlp/optim/step_lr.hpp>
#include <mlp/optim/warmup_cosine_lr.hpp>

// Data
#include <mlp/data/csv.hpp>          // read_csv
#include <mlp/data/data_loader.hpp>  // batches in PyTorch's order
#include <mlp/data/dataset.hpp>      // samples, targets and weights
#include <mlp/data/idx.hpp>          // read_idx, read_idx_labels
#include <mlp/data/npy.hpp>          // read_npy, write_npy
#include <mlp/data/npy_dict.hpp>     // pickled dicts of arrays, never executed
#include <mlp/data/one_hot.hpp>      // class numbers as rows of zeros and a one
#include <mlp/data/resize.hpp>       // bilinear, as torchvision
#include <mlp/data/scaler.hpp>       // StandardScaler, MinMaxScaler
#include <mlp/data/split.hpp>        // train_val_split, train_test_split
#include <mlp/data/synthetic.hpp>    // spirals, moons, cars, faces ...
#include <mlp/data/table.hpp>        // named columns of numbers and texts

// Metrics, named as in scikit-learn
#include <mlp/metrics/classification.hpp>    // accuracy_score, top_k_accuracy_score
#include <mlp/metrics/confusion_matrix.hpp>  // confusion_matrix, precision, recall, f1_score
#include <mlp/metrics/regression.hpp>        // mean_squared_error, r2_score ...

// Training
#include <mlp/train/csv_log.hpp>         // one line an epoch
#include <mlp/train/early_stopping.hpp>  // stop, and keep the best weights
#include <mlp/train/evaluate.hpp>        // the loss over a data set
#include <mlp/train/fit.hpp>             // the whole loop in one call
#include <mlp/train/fit_options.hpp>     // and what it can be told
#include <mlp/train/history.hpp>         // what it gives back
#include <mlp/train/progress.hpp>        // the line that it shows
#include <mlp/train/training_state.hpp>  // all that an epoch depends on
