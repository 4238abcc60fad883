// A stack.
#include <vector>

#include "stack.h"

namespace demo {

/// Last in, first out.
template <class T>
class Stack {
 public:
  Stack() = default;
  // Puts one on top.
  void push(T value) { items_.push_back(std::move(value)); }
  const T& top() const;
  bool operator==(const Stack& other) const { return items_ == other.items_; }

 private:
  std::vector<T> items_;
};

template <class T>
const T& Stack<T>::top() const {
  return items_.back();
}

enum class Order { up, down };
using Ints = Stack<int>;
constexpr int kMax = 16;

int sum(const std::vector<int>& values) {
  int total = 0;
  for (const int v : values) total += v;
  return total;
}

}  // namespace demo
