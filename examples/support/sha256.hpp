// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#ifdef MLP_EXAMPLES_WITH_OPENSSL
#include <openssl/evp.h>
#endif

namespace examples {

/// The SHA-256 of bytes in hexadecimal; nothing where the examples were built without OpenSSL.
inline std::optional<std::string> sha256([[maybe_unused]] std::string_view bytes) {
#ifdef MLP_EXAMPLES_WITH_OPENSSL
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) return {};
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
#else
  return {};
#endif
}

}  // namespace examples
