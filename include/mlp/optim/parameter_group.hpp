// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <mlp/core/error.hpp>
#include <mlp/core/parameter.hpp>
#include <mlp/core/shape.hpp>

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

namespace detail {

/// The groups of an optimizer: the rule and the learning rate of each, and which of them has which parameter.
template <class Rule>
class RuleGroups {
 public:
  struct Group {
    double lr;
    Rule rule;
    std::string names = {};  ///< of its parameters, each behind a blank; none of group 0
  };

  explicit RuleGroups(const RuleWithGroups<Rule>& from) {
    groups_.push_back({from.rule.lr(), from.rule});
    for (const ParameterGroup<Rule>& group : from.groups) groups_.push_back({group.rule.lr(), group.rule});
  }

  /// The next parameter of the model goes to the first of `groups` that claims it; a statistic is moved by no rule.
  void assign(const ParameterName& parameter, const std::vector<ParameterGroup<Rule>>& groups) {
    if (groups.empty()) return;
    const std::string name = parameter.str();
    group_of_.push_back(0);
    if (parameter.leaf().statistic) return;
    for (std::size_t k = 1; k <= groups.size() && group_of_.back() == 0; ++k) {
      const auto& claims = groups[k - 1].of;
      if (!claims) throw ValueError("mlp::Optimizer: group " + std::to_string(k) + " has no predicate");
      if (!claims(name)) continue;
      group_of_.back() = k;
      groups_[k].names += " " + name;
    }
  }
  /// After the last parameter.
  void check_claims() const {
    for (std::size_t k = 1; k < groups_.size(); ++k)
      if (groups_[k].names.empty())
        throw ValueError("mlp::Optimizer: group " + std::to_string(k) + " claims no parameter");
  }
  void check_count(std::size_t parameters) const {
    if (!group_of_.empty() && group_of_.size() != parameters)
      throw ValueError("mlp::Optimizer: made for " + std::to_string(group_of_.size()) + " parameters, got " +
                       std::to_string(parameters));
  }

  std::size_t size() const { return groups_.size(); }
  auto begin() const { return groups_.begin(); }
  auto end() const { return groups_.end(); }
  /// @throws ValueError `mlp::Optimizer: group must be in [0, 2), got 2`
  const Group& at(Index k) const { return groups_[checked(k)]; }
  Group& at(Index k) { return groups_[checked(k)]; }
  std::size_t of_parameter(std::size_t i) const { return group_of_.empty() ? 0 : group_of_[i]; }
  bool any_needs(std::size_t state) const {
    return std::any_of(begin(), end(), [&](const Group& group) { return group.rule.state_needed()[state]; });
  }

  std::string describe() const {
    std::string text;
    for (const Group& group : groups_) {
      if (!text.empty()) text += ", ";
      text += group.rule.describe() + (group.names.empty() ? "" : " of" + group.names);
    }
    return text;
  }

 private:
  std::size_t checked(Index k) const {
    if (k < 0 || k >= static_cast<Index>(size()))
      throw ValueError("mlp::Optimizer: group must be in [0, " + std::to_string(size()) + "), got " +
                       std::to_string(k));
    return static_cast<std::size_t>(k);
  }

  std::vector<Group> groups_;
  std::vector<std::size_t> group_of_;  ///< of each parameter; empty where there is only one
};

}  // namespace detail

}  // namespace mlp
