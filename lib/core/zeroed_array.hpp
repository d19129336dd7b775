// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace extmail {

/// An array of fixed size whose elements begin as zero bytes. What was never written takes no memory, so a limit may be
/// generous.
///
/// Errors: std::bad_alloc. Threads: as an array.
template <typename T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  static_assert(alignof(T) <= alignof(std::max_align_t));

 public:
  explicit ZeroedArray(std::size_t size)
      : size_(size), elements_(static_cast<T*>(std::calloc(size, sizeof(T)))) {
    if (!elements_) throw std::bad_alloc();
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return elements_.get()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return elements_.get()[i]; }
  [[nodiscard]] std::span<T> all() { return {elements_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* elements) const { std::free(elements); }
  };

  std::size_t size_;
  std::unique_ptr<T[], Free> elements_;
};

}  // namespace extmail
