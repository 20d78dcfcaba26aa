// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace mlp {

/// Some parameters of a model, and the rule that moves them. It is of the same type as that of the others, with options
/// of its own, the learning rate among them.
template <class Rule>
struct ParameterGroup {
  std::function<bool(const std::string& name)> of;  ///< whether it claims the parameter of this dotted name: "0.bias"
  Rule rule;
};

/// A rule, and groups of parameters with other options. The first group that claims a parameter has it; those that none
/// claims belong to the first rule. What `fit` and `Optimizer` take in place of a rule.
///
///     RuleWithGroups rule(AdamW({.lr = 1e-3, .weight_decay = 0.05}),
///                         {{.of = [](const std::string& name) { return name.ends_with("bias"); },
///                           .rule = AdamW({.lr = 1e-3, .weight_decay = 0})}});
template <class Rule>
struct RuleWithGroups {
  RuleWithGroups(Rule first, std::vector<ParameterGroup<Rule>> others)
      : rule(std::move(first)), groups(std::move(others)) {}

  Rule rule;
  std::vector<ParameterGroup<Rule>> groups;
};

}  // namespace mlp
