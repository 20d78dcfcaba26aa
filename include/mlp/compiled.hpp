// SPDX-License-Identifier: MIT
#pragma once

#include <mlp/mlp.hpp>

// Opt-in: not in mlp.hpp. The umbrella for projects of many files, which need not compile the kernels in each: those for
// float, the type of most models, are in one object file, that of the CMake target mlp::compiled. They are the same, and
// files that include mlp.hpp alone can be linked with it.
//
//     target_link_libraries(app PRIVATE mlp::compiled)
//     target_precompile_headers(app PRIVATE <mlp/compiled.hpp>)   // or include it; this is faster still
//
// Without CMake, a file of two lines is compiled to that object file:
//
//     #define MLP_KERNEL template
//     #include <mlp/compiled.hpp>

#ifndef MLP_KERNEL
#define MLP_KERNEL extern template
#endif

namespace mlp {

MLP_KERNEL void gemm_nn<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>, float, float,
                                    const Epilogue<float>&);
MLP_KERNEL void gemm_nt<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>, float, float,
                                    const Epilogue<float>&);
MLP_KERNEL void gemm_tn<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>,
                                    const Update<float>&, const Epilogue<float>&);

MLP_KERNEL void apply<float>(Activation, ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void apply_derivative<float>(Activation, ConstMatrixView<float>, ConstMatrixView<float>,
                                             MatrixView<float>);
MLP_KERNEL void add<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void multiply<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void update<float>(MatrixView<float>, const Update<float>&, ConstMatrixView<float>);
MLP_KERNEL void sum_rows<float>(ConstMatrixView<float>, MatrixView<float>, const Update<float>&);
MLP_KERNEL double sum_of_squares<float>(ConstMatrixView<float>);
MLP_KERNEL void transpose_each<float>(Index, ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void apply_curve<Curve::gelu, float>(ConstMatrixView<float>, MatrixView<float>,
                                                     const CurveParameters<float>&);
MLP_KERNEL void apply_curve<Curve::gelu_tanh, float>(ConstMatrixView<float>, MatrixView<float>,
                                                          const CurveParameters<float>&);
MLP_KERNEL void apply_curve<Curve::silu, float>(ConstMatrixView<float>, MatrixView<float>,
                                                     const CurveParameters<float>&);
MLP_KERNEL void apply_curve<Curve::leaky_relu, float>(ConstMatrixView<float>, MatrixView<float>,
                                                           const CurveParameters<float>&);
MLP_KERNEL void apply_curve<Curve::elu, float>(ConstMatrixView<float>, MatrixView<float>,
                                                    const CurveParameters<float>&);
MLP_KERNEL void apply_curve<Curve::softplus, float>(ConstMatrixView<float>, MatrixView<float>,
                                                         const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::gelu, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                                MatrixView<float>, const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::gelu_tanh, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                                     MatrixView<float>, const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::silu, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                                MatrixView<float>, const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::leaky_relu, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                                      MatrixView<float>, const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::elu, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                               MatrixView<float>, const CurveParameters<float>&);
MLP_KERNEL void apply_curve_derivative<Curve::softplus, float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                                    MatrixView<float>, const CurveParameters<float>&);

MLP_KERNEL void column_moments<float>(ConstMatrixView<float>, MatrixView<float>, MatrixView<float>);
MLP_KERNEL void column_gradients<float>(ConstMatrixView<float>, ConstMatrixView<float>, ConstMatrixView<float>,
                                             ConstMatrixView<float>, MatrixView<float>, MatrixView<float>);
MLP_KERNEL void normalize_columns<float>(ConstMatrixView<float>, ConstMatrixView<float>, ConstMatrixView<float>,
                                              ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void normalize_columns_backward<float>(ConstMatrixView<float>, ConstMatrixView<float>,
                                                       ConstMatrixView<float>, ConstMatrixView<float>,
                                                       ConstMatrixView<float>, ConstMatrixView<float>,
                                                       MatrixView<float>);

namespace detail {

MLP_KERNEL void clamp<float>(MatrixView<float>, float);
MLP_KERNEL void softmax<float>(ConstMatrixView<float>, MatrixView<float>, bool);
MLP_KERNEL void softmax_backward<float>(ConstMatrixView<float>, ConstMatrixView<float>, MatrixView<float>, bool);
MLP_KERNEL void cross_entropy<float>(ConstMatrixView<float>, const int*, const float*, MatrixView<float>, double*,
                                          float*);
MLP_KERNEL void layer_norm<float>(const LayerNormForward<float>&);
MLP_KERNEL void layer_norm_backward<float>(LayerNormBackward<float>, Buffer<float>&, MatrixView<float>,
                                                MatrixView<float>, const Update<float>&);

MLP_KERNEL void step<float>(const SgdStep<float>&, MatrixView<float>, ConstMatrixView<float>, MatrixView<float>);
MLP_KERNEL void step<float>(const AdamStep<float>&, MatrixView<float>, ConstMatrixView<float>, MatrixView<float>,
                                 MatrixView<float>, MatrixView<float>);
MLP_KERNEL void step<float>(const RmspropStep<float>&, MatrixView<float>, ConstMatrixView<float>,
                                 MatrixView<float>, MatrixView<float>, MatrixView<float>);

}  // namespace detail

}  // namespace mlp

#undef MLP_KERNEL
