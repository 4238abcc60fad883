package demo.shop

import scala.collection.mutable.Buffer

/** A basket. */
class Basket[T](val items: Buffer[T]) extends Base {
  val limit: Int = 10

  // How many.
  def size: Int = items.size

  def add(item: T): Boolean = {
    if (items.size >= limit) false
    else {
      items += item
      true
    }
  }
}

trait Visitor {
  def visit(item: String): Unit
}

case class Pair(a: Int, b: Int)

object Basket {
  type Names = List[String]
  def empty: Basket[Int] = new Basket(Buffer())
}
