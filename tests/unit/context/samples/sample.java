package demo.shop;

import java.util.List;
import static java.util.Map.*;

/** A basket. */
public class Basket<T extends Item> implements Iterable<T> {
  private final List<T> items;
  public static final int LIMIT = 10;

  public Basket(List<T> items) {
    this.items = items;
  }

  // How many.
  @Override
  public int size() {
    return items.size();
  }

  enum State { OPEN, CLOSED }

  interface Visitor {
    void visit(Item item);
  }
}

record Pair(int a, int b) {}
