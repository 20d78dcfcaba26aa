// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/optim/adam.hpp>

namespace mlp {

/// Adam whose weight decay (0.01 by default) shrinks the weights themselves, as torch.optim.AdamW.
///
///     Optimizer adamw(net, AdamW({.lr = 1e-3, .weight_decay = 0.05}));
using AdamW = BasicAdam<WeightDecay::decoupled>;
using AdamWOptions = AdamW::Options;

}  // namespace mlp
