// Memory of snapshots that were freed, for the next ones: where a device copies into it, making it takes longer than filling it.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include "model/model.h"
#include "state/budget.h"

namespace sw {

// Room for one more state: its bytes of the budget, and memory that a state of the same model had, if there is.
struct StateRoom {
  StateBudget::Lease lease;
  State memory;  // of the same layout, or empty
};

// Thread-safe. What is here holds its bytes of the budget: who is short of them drops it first.
class SpareStates {
 public:
  static constexpr size_t kMax = 2;

  // A freed state's. Not kept when nobody else holds the model any more; beyond kMax the oldest goes.
  void put(const std::weak_ptr<const Model>& model, StateRoom room) noexcept;
  std::optional<StateRoom> take(const Model& model);
  // The oldest one; false when there is none.
  bool drop();
  // Those of models that are no more.
  void drop_closed();

 private:
  struct Spare {
    std::weak_ptr<const Model> model;
    StateRoom room;
  };

  std::mutex mutex_;  // guards what follows; memory is freed outside of it
  std::array<Spare, kMax> spares_;  // the first n_, by age
  size_t n_ = 0;

  Spare remove(size_t i);
};

}  // namespace sw
