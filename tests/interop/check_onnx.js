// SPDX-License-Identifier: MIT
// Runs what interop_write_onnx wrote by ONNX Runtime, and compares:   node check_onnx.js FOLDER
//
// Needs the package onnxruntime-node where Node.js finds it; anywhere outside of the repository will do:
//
//     npm install --ignore-scripts --prefix FOLDER onnxruntime-node
//     NODE_PATH=FOLDER/node_modules ctest -R interop
//
// Ends with 77, which ctest counts as skipped, without it.
'use strict';
const fs = require('fs');
const path = require('path');

let onnxruntime;
try {
  onnxruntime = require('onnxruntime-node');
} catch (error) {
  console.log(`skipped: ${error.message.split('\n')[0]}`);
  process.exit(77);
}

const kinds = { F32: ['float32', Float32Array], F64: ['float64', Float64Array] };

/** The tensors of a safetensors file. */
function read(file) {
  const raw = fs.readFileSync(file);
  const start = 8 + Number(raw.readBigUInt64LE(0));
  const header = JSON.parse(raw.toString('utf8', 8, start));
  delete header.__metadata__;
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    const [begin, end] = entry.data_offsets;
    const [type, Numbers] = kinds[entry.dtype];
    const bytes = Uint8Array.from(raw.subarray(start + begin, start + end));
    tensors[name] = new onnxruntime.Tensor(type, new Numbers(bytes.buffer), entry.shape);
  }
  return tensors;
}

/** The largest |got - expected| / max(1, |expected|). NaN where one is. */
function difference(got, expected) {
  let largest = 0;
  expected.forEach((value, i) => {
    const d = Math.abs(got[i] - value) / Math.max(1, Math.abs(value));
    if (!(d <= largest)) largest = d;
  });
  return largest;
}

/** Whether a model makes of one row and of seven what the library made of them. */
async function check(file) {
  const session = await onnxruntime.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const given = read(file.replace(/onnx$/, 'safetensors'));
  let good = true;
  for (const rows of [1, 7]) {
    const expected = given[`y_${rows}`];
    const { output } = await session.run({ input: given[`x_${rows}`] });
    const largest = difference(output.data, expected.data);
    const tolerance = expected.type === 'float64' ? 1e-12 : 1e-6;
    const same_shape = JSON.stringify(output.dims) === JSON.stringify(expected.dims) && output.type === expected.type;
    const passes = same_shape && largest <= tolerance;
    console.log(`${path.basename(file)}, batch ${rows}: [${output.dims}] ${output.type}, largest difference ` +
                `${largest.toExponential(2)}${passes ? '' : `  FAILED: expected [${expected.dims}] ${expected.type}`}`);
    good = good && passes;
  }
  return good;
}

async function main(folder) {
  const models = fs.readdirSync(folder).filter((name) => name.endsWith('.onnx')).sort();
  if (models.length === 0) throw new Error(`${folder}: no models`);
  let good = true;
  for (const name of models) good = (await check(path.join(folder, name))) && good;
  return good;
}

main(process.argv[2]).then(
  (good) => { process.exitCode = good ? 0 : 1; },
  (error) => { console.error(error); process.exitCode = 1; });
